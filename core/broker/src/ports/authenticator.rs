//! Who is this?

use tidegate_types::Refusal;

use crate::door::{Authenticated, Credentials};
use crate::hearing::Hearing;

/// What a back-end says of credentials.
#[derive(Debug)]
pub enum Verdict {
    /// It knows the answer: no other in the chain is asked.
    Answer(Result<Authenticated, Refusal>),
    /// It has no opinion: the next in the chain is asked.
    Abstain,
    /// It should know and cannot be asked now. What follows the operator has said: the client is refused as
    /// unavailable (fail closed), or the next in the chain is asked (fail open).
    Down,
    /// It adjourned the hearing and answers later.
    Later,
}

/// Proves identities. A chain of them is asked in order; when all abstain, the client is refused.
pub trait Authenticator: Send + Sync {
    /// Judges `credentials`. Must not block: a back-end that has to be asked, and a hash that takes its time, adjourn
    /// the hearing ([`Hearing::adjourn`]), say [`Verdict::Later`], and answer from elsewhere.
    fn authenticate(&self, credentials: &Credentials<'_>, hearing: &Hearing<'_>) -> Verdict;
}

/// What a refusal by all means.
pub(crate) fn refusal_of(credentials: &Credentials<'_>) -> Refusal {
    match (credentials.method, credentials.user) {
        (Some(_), _) => Refusal::BadMethod,
        (None, Some(_)) => Refusal::BadCredentials,
        (None, None) => Refusal::NotAuthorized,
    }
}
