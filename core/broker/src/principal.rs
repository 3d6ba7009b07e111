//! Who acts.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use tidegate_types::{Certificate, ClientId, Text};

/// A principal that many leases share.
pub type PrincipalRef = Arc<Principal>;

/// Who somebody proved to be, and how he came. An authenticator fills in the first part; the kernel adds the second
/// from the credentials, so that rules can ask for it wherever the principal acts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Principal {
    /// The user name; `None` for anonymous clients.
    pub user: Option<Text>,
    /// No rule is asked.
    pub superuser: bool,
    /// Named values rules may refer to.
    pub attributes: Vec<(Text, Text)>,
    /// From then on it has to prove itself again.
    pub expires: Option<Instant>,

    /// The client id it acts under.
    pub client: Option<ClientId>,
    /// Where it comes from.
    pub remote: Option<SocketAddr>,
    /// The listener it came through, by its whole name: `gateway.name`.
    pub listener: Option<Arc<str>>,
    /// The certificate it showed.
    pub certificate: Option<Arc<Certificate>>,
}

impl Principal {
    /// The broker itself.
    #[must_use]
    pub fn broker() -> Self {
        Self { superuser: true, ..Self::default() }
    }

    /// Whether it has to prove itself again at `now`.
    #[must_use]
    pub fn is_expired(&self, now: Instant) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Whether two principals have the same name, or both none. Those without a name are the same somebody for a
    /// takeover only where they come through the same zone.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.user == other.user
    }
}
