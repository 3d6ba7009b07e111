//! The rule for clients that prove nothing.

use std::sync::Arc;

use tidegate_broker::{Authenticated, Authenticator, Credentials, Hearing, Principal, PrincipalRef, Verdict};
use tidegate_config::sections::AllowAnonymous;
use tidegate_gateway::{Listener, ListenerConfig};
use tidegate_runtime::Bound;
use tidegate_types::Text;

/// Whom a listener lets in without proof, the narrowest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Admits {
    Nobody,
    /// Connections with a loopback address at both ends.
    ThisMachine,
    Everybody,
}

/// A listener, as the doorman knows it.
#[derive(Clone, Debug)]
struct Entry {
    name: Arc<str>,
    admits: Admits,
}

/// What becomes of a user name that an anonymous client claims.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Names {
    /// Somebody else in the chain proves names, so this one was not: such a client is passed on.
    #[default]
    Proved,
    /// Nobody in the chain can prove it, but elsewhere names mean something: the client is let in without it.
    Dropped,
    /// Names mean nothing anywhere, no rule and no proof: it is believed.
    Believed,
}

/// Lets in who proves nothing, through the listeners where that is allowed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Doorman {
    entries: Vec<Entry>,
    names: Names,
}

impl Doorman {
    /// A doorman for these listeners. A listener that anything but loopback reaches is closed to anonymous clients
    /// unless the operator said otherwise.
    pub(crate) fn new(rule: AllowAnonymous, listeners: &[(Arc<str>, Listener)]) -> Self {
        let entry = |(name, listener): &(Arc<str>, Listener)| Entry {
            name: Arc::clone(name),
            admits: admits(rule, listener),
        };
        Self { entries: listeners.iter().map(entry).collect(), names: Names::default() }
    }

    /// The same doorman in a chain of which this is so.
    pub(crate) fn taking(mut self, names: Names) -> Self {
        self.names = names;
        self
    }

    /// Lets in only whom `other` lets in too, through the listeners that both know.
    pub(crate) fn narrowed_by(mut self, other: &Self) -> Self {
        for entry in &mut self.entries {
            let there = other.admits(&entry.name).unwrap_or(Admits::Everybody);
            entry.admits = entry.admits.min(there);
        }
        self
    }

    fn admits(&self, listener: &str) -> Option<Admits> {
        let entry = self.entries.iter().find(|entry| &*entry.name == listener);
        entry.map(|entry| entry.admits)
    }
}

fn admits(rule: AllowAnonymous, listener: &Listener) -> Admits {
    match rule {
        AllowAnonymous::Always => Admits::Everybody,
        AllowAnonymous::Loopback if is_local(&listener.config) => Admits::ThisMachine,
        AllowAnonymous::Loopback | AllowAnonymous::Never => Admits::Nobody,
    }
}

/// Whether only programs on this machine reach a listener.
fn is_local(config: &ListenerConfig) -> bool {
    config.path.is_some() || config.addresses().iter().all(|at| at.ip().to_canonical().is_loopback())
}

/// Whether clients without proof come in where a socket is bound.
pub(crate) fn allowed(rule: AllowAnonymous, bound: &Bound) -> bool {
    match rule {
        AllowAnonymous::Always => true,
        AllowAnonymous::Loopback => bound.path.is_some() || bound.asked.ip().to_canonical().is_loopback(),
        AllowAnonymous::Never => false,
    }
}

impl Authenticator for Doorman {
    /// The listener is judged and the connection too: it may be older than what its listener binds now.
    fn authenticate(&self, credentials: &Credentials<'_>, _hearing: &Hearing<'_>) -> Verdict {
        let named = credentials.user.is_some() && self.names == Names::Proved;
        let open = match self.admits(credentials.listener) {
            None | Some(Admits::Nobody) => false,
            Some(Admits::ThisMachine) => credentials.loopback,
            Some(Admits::Everybody) => true,
        };
        if named || credentials.method.is_some() || !open {
            return Verdict::Abstain;
        }
        let user = credentials.user.filter(|_| self.names == Names::Believed).map(Text::from);
        let principal = Principal { user, ..Principal::default() };
        Verdict::Answer(Ok(Authenticated::Principal(PrincipalRef::new(principal), Box::default())))
    }
}

#[cfg(test)]
mod tests;
