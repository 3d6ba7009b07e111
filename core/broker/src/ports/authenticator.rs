//! Who is this?

use tidegate_types::Refusal;

use crate::door::{Authenticated, Credentials};
use crate::seat::Ticket;

/// What a back-end says of credentials.
#[derive(Debug)]
pub enum Verdict {
    /// It knows the answer.
    Answer(Result<Authenticated, Refusal>),
    /// It has no opinion: the next in the chain is asked.
    Abstain,
    /// It took the ticket and answers later. It must answer, "unavailable" too: a lost ticket keeps its peer
    /// waiting until the protocol's own time-out.
    Later,
}

/// Proves identities. A chain of them is asked in order; when all abstain, the client is refused.
pub trait Authenticator: Send + Sync {
    /// Judges `credentials`. Must not block: a back-end that has to be asked, and a hash that takes its time, take
    /// a copy of `ticket`, say [`Verdict::Later`], and answer from elsewhere.
    fn authenticate(&self, credentials: &Credentials<'_>, ticket: &Ticket) -> Verdict;
}
