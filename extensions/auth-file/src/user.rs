//! What the file says of one user.

use std::fmt;

use parking_lot::Mutex;

use crate::hash::{Hash, Work};
use crate::proof::Proof;
use crate::scram::{self, Look, Verifier};

/// Somebody in the file.
#[derive(Default)]
pub(crate) struct User {
    hash: Option<Hash>,
    scram: Option<Verifier>,
    nobody: bool,
    /// The last proof that succeeded.
    pub(crate) proof: Mutex<Option<Proof>>,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").finish_non_exhaustive()
    }
}

impl User {
    /// Stands for everybody who is not in the file.
    pub(crate) fn nobody(work: Work) -> Result<Self, getrandom::Error> {
        let (mut salt, mut output) = ([0; 16], [0; 64]);
        getrandom::fill(&mut salt)?;
        getrandom::fill(&mut output)?;
        let scram = match work {
            Work::Scram(iterations) => {
                let look = Look { iterations, salt_bytes: salt.len() };
                let (secret, _) = output.split_first_chunk::<32>().unwrap_or((&[0; 32], &[]));
                Some(scram::unprovable("", look, secret))
            }
            _ => None,
        };
        Ok(Self { hash: Hash::of_nobody(work, salt, output), scram, nobody: true, ..Self::default() })
    }

    pub(crate) fn is_nobody(&self) -> bool {
        self.nobody
    }

    /// Whether the password is his; as slow for nobody as for somebody. Who has a verifier and no hash is compared
    /// with the verifier.
    pub(crate) fn matches(&self, password: &[u8]) -> bool {
        let matches = match (&self.hash, &self.scram) {
            (Some(hash), _) => hash.matches(password),
            (None, Some(verifier)) => verifier.matches(password),
            (None, None) => false,
        };
        matches && !self.nobody
    }

    /// Whether the password is his. A wrong one costs what it costs `nobody`, whatever his own hash is, so that time
    /// does not tell who is in the file.
    pub(crate) fn is_proved_by(&self, password: &[u8], nobody: &Self) -> bool {
        self.matches(password) || self.is_cheaper_than(nobody) && nobody.matches(password)
    }

    /// Whether a comparison with a password costs less.
    pub(crate) fn is_cheaper_than(&self, other: &Self) -> bool {
        self.work() < other.work()
    }

    pub(crate) fn hash(&self) -> Option<&Hash> {
        self.hash.as_ref()
    }

    pub(crate) fn scram(&self) -> Option<&Verifier> {
        self.scram.as_ref()
    }

    /// What a comparison with a password costs.
    pub(crate) fn work(&self) -> Option<Work> {
        match (&self.hash, &self.scram) {
            (Some(hash), _) => Some(hash.work()),
            (None, Some(verifier)) => Some(Work::Scram(verifier.iterations())),
            (None, None) => None,
        }
    }

    /// Whether the file says the same of both.
    pub(crate) fn stands_as(&self, other: &Self) -> bool {
        self.hash == other.hash && self.scram == other.scram
    }

    pub(crate) fn add(&mut self, credential: Credential) -> Result<(), &'static str> {
        let before = match credential {
            Credential::Hash(hash) => self.hash.replace(hash).is_some(),
            Credential::Scram(verifier) => self.scram.replace(verifier).is_some(),
        };
        if before { Err("the user stands here twice") } else { Ok(()) }
    }
}

/// What a line says of a user.
pub(crate) enum Credential {
    Hash(Hash),
    Scram(Verifier),
}

impl Credential {
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if is_scram(text) {
            return Verifier::parse(text).map(Self::Scram);
        }
        Hash::parse(text).map(Self::Hash)
    }
}

/// Whether a credential is a SCRAM verifier.
pub(crate) fn is_scram(credential: &str) -> bool {
    credential.starts_with(scram::PREFIX)
}
