//! The hashes that mosquitto's password tool writes: salted SHA-512 (`$6$`) and PBKDF2-HMAC-SHA512 (`$7$`).
//!
//! They are verified so that a mosquitto password file works as it stands. They are never made: the first is one
//! round of a fast hash, and the second has 101 rounds unless its maker asked for more.

use std::num::NonZeroU32;

use base64ct::{Base64, Encoding as _};
use ring::{digest, pbkdf2};
use subtle::ConstantTimeEq as _;

/// A hash of 64 bytes and how it was made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Mosquitto {
    /// Rounds of PBKDF2; none for the salted hash.
    iterations: Option<NonZeroU32>,
    salt: Vec<u8>,
    output: Vec<u8>,
}

/// More rounds would take longer than any client waits.
const MOST_ITERATIONS: u32 = 10_000_000;

impl Mosquitto {
    /// Reads `$6$salt$hash` or `$7$iterations$salt$hash`, both parts in base64; nothing when it is neither's kind.
    pub(crate) fn parse(text: &str) -> Option<Result<Self, &'static str>> {
        if let Some(rest) = text.strip_prefix("$6$") {
            const EXPECTED: &str =
                "expected $6$salt$hash as mosquitto_passwd writes it (base64; this is not crypt(3)'s $6$)";
            return Some(Self::parts(None, rest).ok_or(EXPECTED));
        }
        let rest = text.strip_prefix("$7$")?;
        const EXPECTED: &str = "expected $7$iterations$salt$hash as mosquitto_passwd writes it";
        let split = rest.split_once('$').ok_or(EXPECTED);
        Some(split.and_then(|(iterations, rest)| {
            let iterations = iterations.parse::<NonZeroU32>().map_err(|_| EXPECTED)?;
            if iterations.get() > MOST_ITERATIONS {
                return Err("more than 10,000,000 iterations take longer than a client waits");
            }
            Self::parts(Some(iterations), rest).ok_or(EXPECTED)
        }))
    }

    fn parts(iterations: Option<NonZeroU32>, text: &str) -> Option<Self> {
        let (salt, output) = text.split_once('$')?;
        let salt = Base64::decode_vec(salt).ok().filter(|salt| !salt.is_empty())?;
        let output = Base64::decode_vec(output).ok().filter(|output| output.len() == 64)?;
        Some(Self { iterations, salt, output })
    }

    pub(crate) fn with(iterations: Option<NonZeroU32>, salt: Vec<u8>, output: Vec<u8>) -> Self {
        Self { iterations, salt, output }
    }

    pub(crate) fn iterations(&self) -> Option<NonZeroU32> {
        self.iterations
    }

    pub(crate) fn output(&self) -> &[u8] {
        &self.output
    }

    /// Whether `password` is the one. Takes as long for every password of its length.
    pub(crate) fn matches(&self, password: &[u8]) -> bool {
        match self.iterations {
            // HMAC fills a short key up with zeros (RFC 2104 §2), so that a password and the same with zeros behind
            // it would be one; mosquitto's tool makes none with zeros in it.
            Some(_) if password.contains(&0) => false,
            Some(iterations) => {
                let algorithm = pbkdf2::PBKDF2_HMAC_SHA512;
                pbkdf2::verify(algorithm, iterations, &self.salt, password, &self.output).is_ok()
            }
            None => {
                let mut hash = digest::Context::new(&digest::SHA512);
                hash.update(password);
                hash.update(&self.salt);
                hash.finish().as_ref().ct_eq(&self.output).into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by mosquitto_passwd 2.0.
    const REAL: [(&str, &str); 5] = [
        (
            "wonderland",
            "$7$101$SxAEc9n0nMtCRZFX$4xKwL9pfT9QQDrGkAM0W1uN2s1MrYYY4vYXKDN1AUAiyf+z3YqN0hk25ir87HoiaOSdESmhr5VjhvPLcfeBT0g==",
        ),
        (
            "b:uild er",
            "$7$101$j2KTfAKf3+S0g7aV$ZcZ3CZGOKtlPljEBtHOYTumv1q0Y843rHE/37UHYeIFsJ7eyXuWOpoZicSWw9MrahXoZ7Tp1Ez/5NXNXGQmFOQ==",
        ),
        (
            "long-iterations",
            "$7$20000$9OmhEx8dF6WYkt64$oWwxyC/ZDSE3iBYRdV7keOq1McYdubmvf9PoforhWF+l0Z02CatbrpRvsA0I3bJuGNahROgQJOfd/1q4LppL9A==",
        ),
        (
            "wonderland",
            "$6$FHglKtdlX3xZ/I55$Z5WpQ0ToSO4qZ20Bd2A9e9ni/cClkyTFEbc1WaOdj2xfrBS/LPHky3ufsaRLOhQZiiYxqSQm0a/mY4iBfAUMoA==",
        ),
        (
            "caf$",
            "$6$F9tPzS8VSdxm53cL$6hOBp3OYDTay/84eQ71w8zVDAzSozqBKizHyY5gv6sXaewJfjIFeoPb1Pcen2/yhk5eWnFxuRPM2ucz2qUdwdQ==",
        ),
    ];

    #[test]
    fn real_hashes_are_verified() {
        for (password, text) in REAL {
            let hash = Mosquitto::parse(text).unwrap().unwrap();
            assert!(hash.matches(password.as_bytes()), "{text}");
            assert!(!hash.matches(b"Wonderland"), "{text}");
            assert!(!hash.matches(b""), "{text}");
        }
    }

    #[test]
    fn what_is_none_is_named() {
        assert!(Mosquitto::parse("$argon2id$v=19$").is_none());
        let (_, real) = REAL[0];
        for bad in
            ["$6$", "$6$abcd", "$6$abcd$abcd", "$7$", "$7$0$abcd$abcd", "$7$-1$abcd$abcd", "$7$101$abcd"]
        {
            assert!(Mosquitto::parse(bad).unwrap().is_err(), "{bad}");
        }
        assert!(Mosquitto::parse(&real.replace("$101$", "$4000000000$")).unwrap().is_err());
        assert!(Mosquitto::parse(&real.replace("==", "")).unwrap().is_err());
    }
}
