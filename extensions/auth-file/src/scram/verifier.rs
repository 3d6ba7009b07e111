//! What a SCRAM server keeps of a password (RFC 5802 §3): it verifies a proof, and proves nothing by itself.

use std::num::NonZeroU32;

use base64ct::{Base64, Encoding as _};
use ring::{digest, hmac, pbkdf2};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::prepare::prepare;

/// How a line begins that holds a verifier.
pub(crate) const PREFIX: &str = "$scram-sha-256$";

/// RFC 7677 §4: at least so many.
pub(crate) const FEWEST_ITERATIONS: u32 = 4096;
/// More would take a client minutes.
pub(crate) const MOST_ITERATIONS: u32 = 10_000_000;
const LONGEST_SALT: usize = 64;

/// Bytes of SHA-256.
const SIZE: usize = 32;
pub(crate) type Key = [u8; SIZE];

/// Salt, iterations and the two keys.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Verifier {
    iterations: NonZeroU32,
    salt: Box<[u8]>,
    /// H(ClientKey).
    stored: Key,
    server: Key,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("iterations", &self.iterations).finish_non_exhaustive()
    }
}

impl Verifier {
    /// Reads `$scram-sha-256$i=4096,s=<salt>$<StoredKey>$<ServerKey>` (base64); says why it is none.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const EXPECTED: &str =
            "expected $scram-sha-256$i=…,s=<salt>$<StoredKey>$<ServerKey>, keys and salt in base64";
        Self::parts(text).ok_or(EXPECTED).and_then(|verifier| {
            if verifier.iterations.get() < FEWEST_ITERATIONS {
                return Err("a SCRAM verifier has at least 4096 iterations (RFC 7677)");
            }
            if verifier.iterations.get() > MOST_ITERATIONS {
                return Err("a SCRAM verifier has at most 10,000,000 iterations");
            }
            Ok(verifier)
        })
    }

    fn parts(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(PREFIX)?.split('$');
        let (iterations, salt) = parts.next()?.strip_prefix("i=")?.split_once(",s=")?;
        let mut key = || {
            let mut key = [0; SIZE];
            let read = Base64::decode(parts.next()?, &mut key).ok()?.len();
            (read == SIZE).then_some(key)
        };
        let (stored, server) = (key()?, key()?);
        let salt = Base64::decode_vec(salt).ok().filter(|salt| (1..=LONGEST_SALT).contains(&salt.len()))?;
        let verifier = Self { iterations: iterations.parse().ok()?, salt: salt.into(), stored, server };
        parts.next().is_none().then_some(verifier)
    }

    /// A verifier of a password that was prepared.
    pub(crate) fn of(prepared: &str, iterations: NonZeroU32, salt: &[u8]) -> Self {
        let mut salted = Zeroizing::new([0; SIZE]);
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, salt, prepared.as_bytes(), salted.as_mut());
        let client = Zeroizing::new(mac(salted.as_ref(), b"Client Key"));
        let (stored, server) = (sha256(client.as_ref()), mac(salted.as_ref(), b"Server Key"));
        Self { iterations, salt: salt.into(), stored, server }
    }

    /// A verifier that no password is known for.
    pub(crate) fn unprovable(iterations: NonZeroU32, salt: &[u8], keys: (Key, Key)) -> Self {
        Self { iterations, salt: salt.into(), stored: keys.0, server: keys.1 }
    }

    pub(crate) fn iterations(&self) -> NonZeroU32 {
        self.iterations
    }

    pub(crate) fn salt(&self) -> &[u8] {
        &self.salt
    }

    pub(crate) fn keys(&self) -> [&Key; 2] {
        [&self.stored, &self.server]
    }

    /// Whether the client that made `proof` over `auth_message` knows the password (RFC 5802 §3, ClientProof).
    pub(crate) fn proves(&self, auth_message: &[u8], proof: &Key) -> bool {
        let mut key = Zeroizing::new(mac(&self.stored, auth_message));
        for (byte, part) in key.iter_mut().zip(proof) {
            *byte ^= part;
        }
        sha256(key.as_ref()).ct_eq(&self.stored).into()
    }

    /// What proves to the client that the server has the verifier (RFC 5802 §3, ServerSignature).
    pub(crate) fn signature(&self, auth_message: &[u8]) -> Key {
        mac(&self.server, auth_message)
    }

    /// Whether a password that was sent as it is, is the one. The whole work is done for every password.
    pub(crate) fn matches(&self, password: &[u8]) -> bool {
        let prepared = std::str::from_utf8(password).ok().and_then(|password| prepare(password).ok());
        let known = prepared.is_some();
        let prepared = Zeroizing::new(prepared.map_or_else(String::new, |password| password.into_owned()));
        let made = Self::of(&prepared, self.iterations, &self.salt);
        let same: bool = made.stored.ct_eq(&self.stored).into();
        same && known
    }
}

impl std::fmt::Display for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let base64 = Base64::encode_string;
        let (salt, stored, server) = (base64(&self.salt), base64(&self.stored), base64(&self.server));
        write!(f, "{PREFIX}i={},s={salt}${stored}${server}", self.iterations)
    }
}

/// HMAC-SHA-256.
pub(crate) fn mac(key: &[u8], data: &[u8]) -> Key {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data);
    bytes(tag.as_ref())
}

fn sha256(data: &[u8]) -> Key {
    bytes(digest::digest(&digest::SHA256, data).as_ref())
}

fn bytes(digest: &[u8]) -> Key {
    let mut key = [0; SIZE];
    for (byte, part) in key.iter_mut().zip(digest) {
        *byte = *part;
    }
    key
}
