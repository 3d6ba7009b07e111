//! The opening handshake (RFC 6455 §4.2): a client's request and our answer.

mod answer;
mod check;
mod forwarded;
mod policy;
mod refusal;

pub use answer::Accepted;
pub use forwarded::ForwardedBy;
pub use policy::{Policy, PolicyError};
pub use refusal::Refusal;

use tungstenite::error::{CapacityError, ProtocolError};
use tungstenite::handshake::machine::TryParse;
use tungstenite::handshake::server::Request as HttpRequest;

/// Bytes that a request's head may take; more is refused with 431.
pub const MAX_REQUEST: usize = 8 * 1024;

/// Header fields that a request may have; more is refused with 431.
pub const MAX_FIELDS: usize = 64;

/// A request that is HTTP/1.1, GET, whole, and within the limits. Whether it is let in, [`Request::accept`]
/// says.
#[derive(Debug)]
pub struct Request(Box<HttpRequest>);

/// What the bytes at hand amount to.
#[derive(Debug)]
pub enum Parsed {
    /// The head is not whole, and nothing is wrong so far. Come again with all of it, from its first byte;
    /// there are less than [`MAX_REQUEST`] of them.
    NeedMore,
    /// A request.
    Request {
        /// The request.
        request: Request,
        /// Bytes it took from the front. Behind them are frames, of a client that does not wait for the answer.
        consumed: usize,
    },
    /// No request that could be let in, whatever the policy.
    Refused(Refusal),
}

impl Request {
    /// Reads the request at the front of `bytes`.
    ///
    /// How long a client may take over it is the driver's affair: a call costs a search for the head's end and
    /// no more, until it is there.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Parsed {
        // What is not HTTP at all (TLS or MQTT on the wrong port) is refused at its first byte.
        if bytes.first().is_some_and(|byte| !byte.is_ascii_uppercase()) {
            return Parsed::Refused(Refusal::Malformed);
        }
        let Some(len) = head_len(bytes.get(..MAX_REQUEST).unwrap_or(bytes)) else {
            let refused = bytes.len() >= MAX_REQUEST;
            return if refused { Parsed::Refused(Refusal::TooLarge) } else { Parsed::NeedMore };
        };
        match HttpRequest::try_parse(bytes.get(..len).unwrap_or_default()) {
            Ok(Some((consumed, request))) if consumed == len => match check::request(&request) {
                Ok(()) => Parsed::Request { request: Self(Box::new(request)), consumed },
                Err(refusal) => Parsed::Refused(refusal),
            },
            Ok(_) => Parsed::Refused(Refusal::Malformed),
            Err(error) => Parsed::Refused(refusal_of(&error)),
        }
    }

    /// The path asked for, without the query, as it was sent (percent signs and all).
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.uri().path()
    }

    /// What follows the question mark.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.0.uri().query()
    }

    /// The value of the first field of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers(name).next()
    }

    /// The values of all fields of that name, in their order.
    pub fn headers(&self, name: &str) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0.headers().get_all(name).into_iter().map(tungstenite::http::HeaderValue::as_bytes)
    }
}

/// Bytes up to and with the empty line, if it is there.
fn head_len(bytes: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\n', bytes).find_map(|newline| {
        let after = newline.saturating_add(1);
        match bytes.get(after..)? {
            [b'\n', ..] => Some(after.saturating_add(1)),
            [b'\r', b'\n', ..] => Some(after.saturating_add(2)),
            _ => None,
        }
    })
}

/// What to say to a head that was not taken.
fn refusal_of(error: &tungstenite::Error) -> Refusal {
    match error {
        tungstenite::Error::Protocol(ProtocolError::WrongHttpMethod) => Refusal::Method,
        tungstenite::Error::Protocol(ProtocolError::WrongHttpVersion) => Refusal::HttpVersion,
        tungstenite::Error::Capacity(CapacityError::TooManyHeaders) => Refusal::TooLarge,
        _ => Refusal::Malformed,
    }
}
