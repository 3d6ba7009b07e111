//! SCRAM-SHA-256 (RFC 5802, RFC 7677), the server's side.
//!
//! ```text
//! client-first ──▶ begin ──▶ server-first + Pending ──▶ client-final ──▶ finish ──▶ server-final
//! ```
//!
//! Both steps cost a handful of HMACs; the slow hash is computed by the client. Who has no verifier is asked like
//! everybody else, with a salt that stays the same, and fails at the end (RFC 5802 §9 asks not to tell who exists).
//!
//! There is no channel binding: the server offers no `SCRAM-SHA-256-PLUS`, so that a client says `n` (cannot) or `y`
//! (could); one that insists (`p=…`) is refused, because what it would bind to is not known here.

use std::num::NonZeroU32;
use std::sync::Arc;

use base64ct::{Base64, Encoding as _};

mod message;
mod prepare;
mod verifier;

use crate::user::User;
use message::{Fault, Final, First};
pub(crate) use prepare::prepare;
pub(crate) use verifier::{FEWEST_ITERATIONS, Key, MOST_ITERATIONS, PREFIX, Verifier, mac};

/// The method's name on the wire.
pub(crate) const METHOD: &str = "SCRAM-SHA-256";

/// How the salts and iterations of those look who have no verifier: like those of most.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Look {
    pub(crate) iterations: NonZeroU32,
    pub(crate) salt_bytes: usize,
}

/// A verifier for a name that has none: always the same salt, and keys that nothing proves.
pub(crate) fn unprovable(name: &str, look: Look, secret: &Key) -> Verifier {
    let derive = |what: &[u8]| mac(secret, &[what, name.as_bytes()].concat());
    let salt = [derive(b"salt 1:"), derive(b"salt 2:")].concat();
    let salt = salt.get(..look.salt_bytes).unwrap_or(&salt);
    Verifier::unprovable(look.iterations, salt, (derive(b"stored:"), derive(b"server:")))
}

/// What the server remembers between the client's two messages.
pub(crate) struct Pending {
    /// The user, if the name is one with a verifier.
    pub(crate) user: Option<Arc<User>>,
    /// The prepared name that was claimed.
    pub(crate) name: String,
    verifier: Verifier,
    /// What the client has to repeat of its first header.
    binding: String,
    /// The client's part and the server's.
    nonce: String,
    /// client-first-bare, server-first and a comma: how AuthMessage begins.
    signed: String,
}

impl Pending {
    /// Judges the first message; answers what to say to the client. `find` gives the user of a name and the verifier
    /// to use, `nonce` is the server's part.
    pub(crate) fn begin(
        data: &[u8],
        nonce: &str,
        find: impl FnOnce(&str) -> (Option<Arc<User>>, Verifier),
    ) -> Result<(String, Self), Fault> {
        let first = First::parse(data)?;
        let (user, verifier) = find(&first.name);
        let nonce = format!("{}{nonce}", first.nonce);
        let salt = Base64::encode_string(verifier.salt());
        let challenge = format!("r={nonce},s={salt},i={}", verifier.iterations());
        let signed = format!("{},{challenge},", first.bare);
        let binding = Base64::encode_string(first.header.as_bytes());
        Ok((challenge, Self { user, name: first.name, verifier, binding, nonce, signed }))
    }

    /// Judges the last message; answers the server's proof for the client.
    pub(crate) fn finish(&self, data: &[u8]) -> Result<String, Fault> {
        let last = Final::parse(data)?;
        if last.nonce != self.nonce {
            return Err("another exchange's nonce");
        }
        if last.binding != self.binding {
            return Err("another header than in the first message");
        }
        let auth_message = [self.signed.as_bytes(), last.unproved.as_bytes()].concat();
        let proved = self.verifier.proves(&auth_message, &last.proof);
        let signature = self.verifier.signature(&auth_message);
        if !proved || self.user.is_none() {
            return Err("a proof of another password, or no such user");
        }
        Ok(format!("v={}", Base64::encode_string(&signature)))
    }
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests;
