//! The only member of a listener's chain while it is being opened with another zone than before.

use tidegate_broker::{Authenticator, Credentials, Hearing, Verdict};
use tidegate_types::Refusal;

/// Lets nobody in yet: neither the old rule is meant for whoever comes through this listener nor is the new one in
/// force.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening;

impl Authenticator for Opening {
    fn authenticate(&self, _: &Credentials<'_>, _: &Hearing<'_>) -> Verdict {
        Verdict::Answer(Err(Refusal::Unavailable))
    }
}
