//! One connection without a socket.

mod drive;
mod flow;

use std::fmt;
use std::sync::Arc;

use rustls::server::UnbufferedServerConnection;
use rustls::{HandshakeKind, ServerConfig};
use tidegate_types::{Certificate, Text};

use crate::TlsAlert;

/// The server's side of one TLS connection: bytes go in, plaintext and bytes to send come out.
///
/// ```text
/// handshake ──finished──▶ traffic ──close_notify of the peer──▶ closed (still sends)
///     └────────────── a rule broken ──────────────┴──▶ ended
/// ```
///
/// Between calls it holds keys, the client's certificate chain if it has shown one (16 KiB at most, not counted in
/// [`Session::held`]), and of what came only what is not whole yet ([`Session::held`]): at most one record
/// (16 KiB and a little), or one handshake message up to the limit it was made with, or what was
/// left over when [`Session::receive`] stopped for want of [`Progress::Room`].
pub struct Session {
    conn: Box<UnbufferedServerConnection>,
    /// What came and could not be handled yet.
    rest: Vec<u8>,
    /// How much of an unfinished handshake message is kept.
    most: u32,
    stage: Stage,
    /// Whether `rest` may have whole records in it, because its reader had no room.
    waits_for_room: bool,
    host: Option<Text>,
    certificate: Option<Arc<Certificate>>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Handshake,
    Traffic,
    /// The peer has said that it sends nothing more.
    Closed,
    /// Nothing is received or sent any more.
    Ended,
}

/// How far [`Session::receive`] came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Progress {
    /// Everything whole has been handled: it goes on with the next bytes of the peer.
    More,
    /// There is as much plaintext as was welcome, and perhaps more to come from what is held: call it again, with
    /// nothing, before the next bytes are read.
    Room,
    /// The peer has closed its direction (RFC 8446 §6.1). What it sent before has been handed out.
    Closed,
}

/// What was agreed on, for operators.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Negotiated<'a> {
    /// `TLSv1_2` or `TLSv1_3`.
    pub version: &'static str,
    /// The cipher suite, by its IANA name.
    pub cipher: &'static str,
    /// The protocol answered to the client (ALPN).
    pub alpn: Option<&'a [u8]>,
    /// Whether an earlier session went on.
    pub resumed: bool,
}

impl Session {
    /// The state of a connection that has just come. An unfinished handshake message of the peer may hold `most` bytes.
    ///
    /// # Errors
    ///
    /// If rustls cannot begin, for want of randomness for example.
    pub fn new(config: Arc<ServerConfig>, most: usize) -> Result<Self, TlsAlert> {
        let conn = UnbufferedServerConnection::new(config).map_err(TlsAlert::Refused)?;
        Ok(Self {
            conn: Box::new(conn),
            rest: Vec::new(),
            most: u32::try_from(most).unwrap_or(u32::MAX),
            stage: Stage::Handshake,
            waits_for_room: false,
            host: None,
            certificate: None,
        })
    }

    /// Whether the handshake is still going on: nothing can be sent yet.
    #[must_use]
    pub fn is_handshaking(&self) -> bool {
        self.stage == Stage::Handshake
    }

    /// Whether the connection is over: nothing can be received or sent any more.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.stage == Stage::Ended
    }

    /// The bytes kept of what came.
    #[must_use]
    pub fn held(&self) -> usize {
        self.rest.capacity()
    }

    /// The client's certificate, verified, once the handshake is finished.
    #[must_use]
    pub fn peer_certificate(&self) -> Option<Arc<Certificate>> {
        self.certificate.clone()
    }

    /// The host that the client asked for, once it has said hello (RFC 6066 §3).
    #[must_use]
    pub const fn host(&self) -> Option<&Text> {
        self.host.as_ref()
    }

    /// What was agreed on, once the handshake is finished.
    #[must_use]
    pub fn negotiated(&self) -> Option<Negotiated<'_>> {
        if self.is_handshaking() {
            return None;
        }
        Some(Negotiated {
            version: self.conn.protocol_version()?.as_str()?,
            cipher: self.conn.negotiated_cipher_suite()?.suite().as_str()?,
            alpn: self.conn.alpn_protocol(),
            resumed: self.conn.handshake_kind() == Some(HandshakeKind::Resumed),
        })
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("stage", &self.stage)
            .field("held", &self.held())
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}
