//! Why a client is not let in, and what it is told.

/// Why a client is not let in. Send [`Refusal::response`], then end the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// No HTTP request.
    #[error("this is not an HTTP request that can be understood")]
    Malformed,
    /// More bytes or header fields than are taken.
    #[error("the request is too large")]
    TooLarge,
    /// Not GET (RFC 6455 §4.1, §4.2.1).
    #[error("a WebSocket is opened with GET")]
    Method,
    /// HTTP older than 1.1 (RFC 6455 §4.2.1).
    #[error("a WebSocket is opened with HTTP/1.1")]
    HttpVersion,
    /// None or several Host fields (RFC 6455 §4.2.1; RFC 9112 §3.2).
    #[error("a request has one Host")]
    Host,
    /// A body: its bytes would be taken for frames.
    #[error("a request that opens a WebSocket has no body")]
    Body,
    /// A request for a page, such as a browser's: without `Upgrade: websocket` and `Connection: Upgrade`
    /// (RFC 6455 §4.2.1).
    #[error("there are no pages here: this address speaks WebSocket")]
    NotAnUpgrade,
    /// Another version of WebSocket than 13, or none (RFC 6455 §4.2.2, §4.4).
    #[error("of WebSocket, version 13 is spoken here")]
    Version,
    /// No key, several, or one that is not 16 bytes in base64 (RFC 6455 §4.2.1).
    #[error("a request has one Sec-WebSocket-Key of 16 bytes in base64")]
    Key,
    /// Nothing is served at that path.
    #[error("there is no WebSocket at this path")]
    Path,
    /// The policy wants an origin, and there is none.
    #[error("a request without an Origin is not let in")]
    OriginMissing,
    /// A page of that origin may not connect, or there are several Origin fields (RFC 6455 §4.2.2, §10.2).
    #[error("pages of this origin are not let in")]
    Origin,
    /// A sub-protocol list that is none (RFC 6455 §4.1).
    #[error("Sec-WebSocket-Protocol is no list of names")]
    ProtocolList,
    /// None of the sub-protocols offered is spoken here, and the policy wants one.
    #[error("none of the sub-protocols offered is spoken here")]
    Protocol,
}

impl Refusal {
    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed | Self::Host | Self::Body | Self::Key | Self::ProtocolList | Self::Protocol => {
                400
            }
            Self::OriginMissing | Self::Origin => 403,
            Self::Path => 404,
            Self::Method => 405,
            Self::NotAnUpgrade | Self::Version => 426,
            Self::TooLarge => 431,
            Self::HttpVersion => 505,
        }
    }

    /// The whole answer, which ends the connection. Nothing of the request is in it.
    #[must_use]
    pub fn response(self) -> Vec<u8> {
        let phrase = match self.status() {
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            426 => "Upgrade Required",
            431 => "Request Header Fields Too Large",
            505 => "HTTP Version Not Supported",
            _ => "Bad Request",
        };
        let text = format!("{self}\n");
        let (connection, more) = match self {
            // 426 names what to upgrade to (RFC 9110 §15.5.22).
            Self::NotAnUpgrade | Self::Version => {
                ("Upgrade, close", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
            }
            Self::Method => ("close", "Allow: GET\r\n"),
            _ => ("close", ""),
        };
        format!(
            "HTTP/1.1 {} {phrase}\r\nConnection: {connection}\r\n{more}Content-Type: text/plain\r\n\
             Content-Length: {}\r\n\r\n{text}",
            self.status(),
            text.len(),
        )
        .into_bytes()
    }
}
