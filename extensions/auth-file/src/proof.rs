//! Proofs that succeeded.

use blake2::{Blake2b256, Digest as _};
use subtle::ConstantTimeEq as _;

use crate::user::User;
use crate::users::FileError;

/// A digest of user and password that says nothing outside this process.
pub(crate) type Proof = [u8; 32];

/// Knows a proof again without keeping what was proved with.
pub(crate) struct Proofs {
    key: [u8; 32],
}

impl std::fmt::Debug for Proofs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proofs").finish_non_exhaustive()
    }
}

impl Proofs {
    pub(crate) fn new() -> Result<Self, FileError> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|_| FileError::NoRandomness)?;
        Ok(Self { key })
    }

    /// Whether `password` has proved this user before.
    pub(crate) fn knows(&self, user: &User, name: &str, password: &[u8]) -> bool {
        let last = *user.proof.lock();
        last.is_some_and(|last| last.ct_eq(&self.proof(name, password)).into())
    }

    /// `password` has proved this user.
    pub(crate) fn remember(&self, user: &User, name: &str, password: &[u8]) {
        let proof = self.proof(name, password);
        *user.proof.lock() = Some(proof);
    }

    fn proof(&self, name: &str, password: &[u8]) -> Proof {
        // The first part has a fixed length, and no name holds the separator.
        Blake2b256::new()
            .chain_update(self.key)
            .chain_update(name)
            .chain_update(":")
            .chain_update(password)
            .finalize()
            .into()
    }
}
