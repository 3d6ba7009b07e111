//! Who is let in: the authenticators, and the rule for clients that prove nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use tidegate_broker::{Authenticated, Authenticator, Credentials, Principal, PrincipalRef, Ticket, Verdict};
use tidegate_config::sections::{AllowAnonymous, Auth};
use tidegate_gateway::Listener;
use tidegate_types::{Realm, Text};

/// Lets in who proves nothing, through the listeners where that is allowed; asked last.
#[derive(Debug, Default)]
pub(crate) struct Doorman {
    /// Realm and name of the listeners that are open to everybody.
    open: Vec<(Realm, Arc<str>)>,
    /// Nobody else can prove a name, so it is believed.
    names_unproven: bool,
}

impl Doorman {
    /// A doorman for these listeners. A listener that anything but loopback reaches is closed to anonymous clients
    /// unless the operator said otherwise.
    pub(crate) fn new(rule: &Auth, provers: usize, listeners: &[(Realm, Listener)]) -> Self {
        let open = listeners.iter().filter(|(_, listener)| allowed(rule.allow_anonymous, &listener.bind));
        let open = open.map(|(realm, listener)| (*realm, Arc::clone(&listener.name)));
        Self { open: open.collect(), names_unproven: provers == 0 }
    }
}

/// Whether a listener that binds `addresses` is open to anonymous clients.
pub(crate) fn allowed(rule: AllowAnonymous, addresses: &[SocketAddr]) -> bool {
    match rule {
        AllowAnonymous::Always => true,
        AllowAnonymous::Never => false,
        AllowAnonymous::Loopback => addresses.iter().all(|at| at.ip().to_canonical().is_loopback()),
    }
}

impl Authenticator for Doorman {
    fn authenticate(&self, credentials: &Credentials<'_>, _ticket: &Ticket) -> Verdict {
        let named = credentials.user.is_some() && !self.names_unproven;
        let here = (credentials.realm, credentials.listener);
        if named
            || credentials.method.is_some()
            || !self.open.iter().any(|(realm, listener)| (*realm, &**listener) == here)
        {
            return Verdict::Abstain;
        }
        let principal = Principal { user: credentials.user.map(Text::from), ..Principal::default() };
        Verdict::Answer(Ok(Authenticated::Principal(PrincipalRef::new(principal), Box::default())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anonymous_clients_stay_on_this_machine_unless_told() {
        let at = |text: &str| vec![text.parse::<SocketAddr>().unwrap()];
        let both = vec!["127.0.0.1:1".parse().unwrap(), "[::1]:1".parse().unwrap()];
        let mixed = vec!["127.0.0.1:1".parse().unwrap(), "192.0.2.7:1".parse().unwrap()];
        let cases = [
            (both, true),
            (at("127.0.0.1:1"), true),
            (at("[::ffff:127.0.0.1]:1"), true),
            (at("0.0.0.0:1"), false),
            (at("[::]:1"), false),
            (mixed, false),
        ];
        for (addresses, expected) in cases {
            assert_eq!(allowed(AllowAnonymous::Loopback, &addresses), expected, "{addresses:?}");
            assert!(allowed(AllowAnonymous::Always, &addresses));
            assert!(!allowed(AllowAnonymous::Never, &addresses));
        }
    }
}
