//! The kinds of password hashes that are verified.

use std::num::NonZeroU32;

mod argon;
mod mosquitto;

use argon::Argon;
pub use argon::Cost;
pub(crate) use argon::text_of;
use mosquitto::Mosquitto;

/// How much work a comparison is; the later kinds are the dearer ones.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Work {
    Sha512,
    Pbkdf2Sha512(NonZeroU32),
    /// A password beside a SCRAM verifier: PBKDF2-HMAC-SHA256.
    Scram(NonZeroU32),
    Argon2id(Cost),
}

/// A password hash, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Hash {
    Argon2id(Argon),
    Mosquitto(Mosquitto),
}

impl Hash {
    /// Reads the text form of any kind; says why it is none.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(mosquitto) = Mosquitto::parse(text) {
            return mosquitto.map(Self::Mosquitto);
        }
        Argon::parse(text).map(Self::Argon2id)
    }

    pub(crate) fn work(&self) -> Work {
        match self {
            Self::Argon2id(hash) => Work::Argon2id(hash.cost()),
            Self::Mosquitto(hash) => hash.iterations().map_or(Work::Sha512, Work::Pbkdf2Sha512),
        }
    }

    /// A hash that no password is known for, and that is as much work; nothing for work that no hash is.
    pub(crate) fn of_nobody(work: Work, salt: [u8; 16], output: [u8; 64]) -> Option<Self> {
        let mosquitto = |iterations| Mosquitto::with(iterations, salt.to_vec(), output.to_vec());
        Some(match work {
            Work::Sha512 => Self::Mosquitto(mosquitto(None)),
            Work::Pbkdf2Sha512(iterations) => Self::Mosquitto(mosquitto(Some(iterations))),
            Work::Argon2id(cost) => {
                Self::Argon2id(Argon::with(cost, salt.to_vec(), output.get(..32)?.to_vec()))
            }
            Work::Scram(_) => return None,
        })
    }

    /// The bytes that a password is compared with.
    pub(crate) fn output(&self) -> &[u8] {
        match self {
            Self::Argon2id(hash) => hash.output(),
            Self::Mosquitto(hash) => hash.output(),
        }
    }

    /// Whether `password` is the one.
    pub(crate) fn matches(&self, password: &[u8]) -> bool {
        match self {
            Self::Argon2id(hash) => hash.matches(password),
            Self::Mosquitto(hash) => hash.matches(password),
        }
    }
}
