//! The right to act for a session.

use std::fmt;
use std::sync::Arc;

use tidegate_types::{PublisherId, Refusal, SessionKey};

use crate::principal::PrincipalRef;
use crate::session::Session;
use crate::sync::Ordering;

/// Ownership of a session by one connection. There is one current lease a session at any time: taking the session
/// over makes the older lease's every verb answer [`tidegate_types::Refusal::TakenOver`].
#[derive(Clone)]
pub struct Lease {
    pub(crate) session: Arc<Session>,
    pub(crate) epoch: u32,
    pub(crate) principal: PrincipalRef,
}

impl Lease {
    /// Whether it still is the session's lease.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.session.epoch.load(Ordering::Acquire) == self.epoch
    }

    /// The same lease for a principal that was proved anew.
    ///
    /// # Errors
    /// When it is no longer the session's lease, or the session belongs to somebody else.
    pub fn renewed(&self, principal: &PrincipalRef) -> Result<Self, Refusal> {
        if principal.client.as_ref().is_some_and(|client| *client != self.session.key.client) {
            return Err(Refusal::NotAuthorized);
        }
        self.session.renew(self.epoch, principal)?;
        Ok(Self { principal: Arc::clone(principal), ..self.clone() })
    }

    /// Whose session it is.
    #[must_use]
    pub fn key(&self) -> &SessionKey {
        &self.session.key
    }

    /// The session's number as a publisher.
    #[must_use]
    pub fn publisher(&self) -> PublisherId {
        self.session.id
    }

    /// Counts the session's leases.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("client", &self.session.key.client).field("epoch", &self.epoch).finish()
    }
}
