//! Who acts.

use std::time::Instant;

use tidegate_types::Text;

/// A principal that many leases share.
pub type PrincipalRef = std::sync::Arc<Principal>;

/// Who somebody proved to be.
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
}

impl Principal {
    /// The broker itself.
    #[must_use]
    pub fn broker() -> Self {
        Self { superuser: true, ..Self::default() }
    }

    /// Whether two principals are the same somebody for a takeover.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.user == other.user
    }
}
