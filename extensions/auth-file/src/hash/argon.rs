//! argon2id (RFC 9106), in the PHC string form.

use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use subtle::ConstantTimeEq as _;

/// What an argon2id hash costs.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Cost {
    /// What OWASP's password storage cheat sheet asks for: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self {
            memory_kib: Params::DEFAULT_M_COST,
            passes: Params::DEFAULT_T_COST,
            lanes: Params::DEFAULT_P_COST,
        }
    }
}

impl Cost {
    fn params(self) -> Option<Params> {
        Params::new(self.memory_kib, self.passes, self.lanes, None).ok()
    }
}

/// An argon2id hash, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Argon {
    params: Params,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Argon {
    /// Reads the text form (`$argon2id$v=19$m=…,t=…,p=…$salt$hash`); says why it is none.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const EXPECTED: &str = "expected a hash such as `tidegate passwd` writes ($argon2id$v=19$…)";
        let hash = PasswordHash::new(text).map_err(|_| EXPECTED)?;
        if hash.algorithm.as_str() != "argon2id" || hash.version != Some(Version::V0x13.into()) {
            return Err("of the argon2 family only argon2id of version 19 is taken");
        }
        let params = Params::try_from(&hash).map_err(|_| "the hash has parameters that argon2id has not")?;
        let (Some(salt), Some(output)) = (&hash.salt, &hash.hash) else { return Err(EXPECTED) };
        Ok(Self { params, salt: salt.as_ref().to_vec(), output: output.as_bytes().to_vec() })
    }

    /// A hash of this cost with a salt and an output of somebody's choice.
    pub(crate) fn with(cost: Cost, salt: Vec<u8>, output: Vec<u8>) -> Self {
        Self { params: cost.params().unwrap_or_default(), salt, output }
    }

    pub(crate) fn cost(&self) -> Cost {
        let params = &self.params;
        Cost { memory_kib: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() }
    }

    pub(crate) fn output(&self) -> &[u8] {
        &self.output
    }

    /// Whether `password` is the one. Takes as long for every password.
    pub(crate) fn matches(&self, password: &[u8]) -> bool {
        let mut output = vec![0; self.output.len()];
        let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        let computed = hasher.hash_password_into(password, &self.salt, &mut output);
        computed.is_ok() && bool::from(output.ct_eq(&self.output))
    }
}

/// A new hash of `password` in its text form, with a random salt; nothing when no hash of that cost can be made.
pub(crate) fn text_of(password: &[u8], cost: Cost) -> Option<String> {
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.params()?);
    hasher.hash_password(password).ok().map(|hash| hash.to_string())
}
