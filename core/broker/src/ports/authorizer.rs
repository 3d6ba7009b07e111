//! May they do that?

use tidegate_types::Guarantee;

use crate::principal::Principal;

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action<'a> {
    /// Publish to a topic.
    Publish {
        /// Where to.
        topic: &'a str,
        /// With which guarantee.
        guarantee: Guarantee,
        /// Whether it would be retained.
        retain: bool,
    },
    /// Subscribe to a filter.
    Subscribe {
        /// The filter.
        filter: &'a str,
        /// The group whose members share its messages.
        group: Option<&'a str>,
        /// With which guarantee.
        guarantee: Guarantee,
    },
}

/// What a rule source says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Decision {
    /// A rule allows it.
    Allow,
    /// A rule denies it.
    Deny,
    /// A rule denies it, and ends the connection that tried.
    Expel,
    /// No rule here speaks of it.
    Abstain,
}

/// Knows the rules. A chain of them is asked in order; once there is one, what all abstain from is denied.
///
/// Answers at once, from memory; rules in a back-end that has to be asked come with their cache.
pub trait Authorizer: Send + Sync {
    /// Judges an action.
    fn authorize(&self, who: &Principal, action: Action<'_>) -> Decision;

    /// Whether the same question about the same principal has the same answer for as long as this authorizer is asked,
    /// so that it may be remembered. One whose rules know the hour says no.
    fn holds(&self) -> bool {
        true
    }
}
