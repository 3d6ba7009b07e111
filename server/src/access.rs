//! Who is let in: the authenticators, and the rule for clients that prove nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use tidegate_broker::{Authenticated, Authenticator, Credentials, Hearing, Principal, PrincipalRef, Verdict};
use tidegate_config::sections::{AllowAnonymous, Auth};
use tidegate_gateway::Listener;
use tidegate_types::{Realm, Text};

/// Whom a listener lets in without proof, the narrowest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Admits {
    Nobody,
    /// Connections with a loopback address at both ends.
    ThisMachine,
    Everybody,
}

/// A listener, as the doorman knows it.
#[derive(Debug)]
struct Entry {
    realm: Realm,
    name: Arc<str>,
    admits: Admits,
}

/// Lets in who proves nothing, through the listeners where that is allowed; asked last.
#[derive(Debug, Default)]
pub(crate) struct Doorman {
    entries: Vec<Entry>,
    /// Nobody else can prove a name, so it is believed.
    names_unproven: bool,
}

impl Doorman {
    /// A doorman for these listeners. A listener that anything but loopback reaches is closed to anonymous clients
    /// unless the operator said otherwise.
    pub(crate) fn new(rule: &Auth, provers: usize, listeners: Vec<(Realm, Listener)>) -> Self {
        let entry = |(realm, listener): (Realm, Listener)| {
            let admits = admits(rule.allow_anonymous, &listener.config.addresses());
            Entry { realm, name: listener.name, admits }
        };
        Self { entries: listeners.into_iter().map(entry).collect(), names_unproven: provers == 0 }
    }

    /// Lets in only whom `other` lets in too, through the listeners that both know.
    pub(crate) fn narrowed_by(mut self, other: &Self) -> Self {
        for entry in &mut self.entries {
            let there = other.admits(entry.realm, &entry.name).unwrap_or(Admits::Everybody);
            entry.admits = entry.admits.min(there);
        }
        self.names_unproven &= other.names_unproven;
        self
    }

    fn admits(&self, realm: Realm, listener: &str) -> Option<Admits> {
        let entry = self.entries.iter().find(|entry| entry.realm == realm && &*entry.name == listener);
        entry.map(|entry| entry.admits)
    }
}

fn admits(rule: AllowAnonymous, addresses: &[SocketAddr]) -> Admits {
    match rule {
        AllowAnonymous::Always => Admits::Everybody,
        AllowAnonymous::Loopback if addresses.iter().all(|at| at.ip().to_canonical().is_loopback()) => {
            Admits::ThisMachine
        }
        AllowAnonymous::Loopback | AllowAnonymous::Never => Admits::Nobody,
    }
}

/// Whether a listener that binds `addresses` is open to anonymous clients.
pub(crate) fn allowed(rule: AllowAnonymous, addresses: &[SocketAddr]) -> bool {
    admits(rule, addresses) != Admits::Nobody
}

impl Authenticator for Doorman {
    /// The listener is judged and the connection too: it may be older than what its listener binds now.
    fn authenticate(&self, credentials: &Credentials<'_>, _hearing: &Hearing<'_>) -> Verdict {
        let named = credentials.user.is_some() && !self.names_unproven;
        let open = match self.admits(credentials.realm, credentials.listener) {
            None | Some(Admits::Nobody) => false,
            Some(Admits::ThisMachine) => credentials.loopback,
            Some(Admits::Everybody) => true,
        };
        if named || credentials.method.is_some() || !open {
            return Verdict::Abstain;
        }
        let principal = Principal { user: credentials.user.map(Text::from), ..Principal::default() };
        Verdict::Answer(Ok(Authenticated::Principal(PrincipalRef::new(principal), Box::default())))
    }
}

#[cfg(test)]
mod tests;
