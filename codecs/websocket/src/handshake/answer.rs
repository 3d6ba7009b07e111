//! Letting a client in.

use tungstenite::handshake::derive_accept_key;

use super::check::{is_token, members, only};
use super::{Policy, Refusal, Request};

/// A client that is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted<'p> {
    /// The whole answer, behind which frames follow.
    pub response: Vec<u8>,
    /// The sub-protocol agreed on, as the policy names it.
    pub protocol: Option<&'p str>,
}

impl Request {
    /// Judges the request by the policy and makes the answer that opens the WebSocket (RFC 6455 §4.2.2).
    /// Extensions that the client offers are not taken up, which it has to live with (§9.1).
    ///
    /// # Errors
    /// Why the client is not let in, and with it the answer to that.
    pub fn accept<'p>(&self, policy: &'p Policy) -> Result<Accepted<'p>, Refusal> {
        if self.path() != policy.path {
            return Err(Refusal::Path);
        }
        self.check_origin(policy)?;
        let protocol = self.choose(policy)?;
        // There is exactly one key, or there would be no request.
        let key = self.header("sec-websocket-key").ok_or(Refusal::Key)?;
        let mut response = String::with_capacity(192);
        response
            .push_str("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
        let mut field = |name: &str, value: &str| {
            for part in [name, ": ", value, "\r\n"] {
                response.push_str(part);
            }
        };
        field("Sec-WebSocket-Accept", &derive_accept_key(key));
        if let Some(protocol) = protocol {
            field("Sec-WebSocket-Protocol", protocol);
        }
        response.push_str("\r\n");
        Ok(Accepted { response: response.into_bytes(), protocol })
    }

    fn check_origin(&self, policy: &Policy) -> Result<(), Refusal> {
        match only(&self.0, "origin") {
            Ok(None) if policy.allow_missing_origin => Ok(()),
            Ok(None) => Err(Refusal::OriginMissing),
            Ok(Some(origin)) if policy.lets_in(origin) => Ok(()),
            _ => Err(Refusal::Origin),
        }
    }

    /// The first of the client's sub-protocols that is spoken here.
    fn choose<'p>(&self, policy: &'p Policy) -> Result<Option<&'p str>, Refusal> {
        let mut chosen = None;
        for offered in members(&self.0, "sec-websocket-protocol") {
            if !is_token(offered) {
                return Err(Refusal::ProtocolList);
            }
            let spoken = policy.protocols.iter().find(|spoken| spoken.as_bytes() == offered);
            chosen = chosen.or(spoken.map(String::as_str));
        }
        if chosen.is_none() && policy.require_protocol {
            return Err(Refusal::Protocol);
        }
        Ok(chosen)
    }
}
