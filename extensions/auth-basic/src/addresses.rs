//! Networks that are let in or kept out.

use ipnet::IpNet;
use tidegate_broker::{Authenticator, Credentials, Hearing, Verdict};
use tidegate_types::Refusal;

use crate::naming::{Naming, refuse};

/// What becomes of clients from a network.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AddressEffect {
    /// They are let in without proof, under this name. One that claims another name, or wants to prove something, is
    /// passed on.
    Allow(Naming),
    /// They are refused, whatever they can prove.
    Deny,
    /// They are passed on to the next authenticator, as are addresses that no rule names.
    AskNext,
}

/// A network and what becomes of its clients.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AddressRule {
    /// The network; one address is a network too.
    pub network: IpNet,
    /// What becomes of its clients.
    pub effect: AddressEffect,
}

/// Judges clients by the address they come from, the first rule that names it.
///
/// To let in a plant network without passwords, or to keep networks out of one listener. An address can be forged
/// where datagrams are not protected, and many clients may share one. Behind a proxy it is the proxy's address unless
/// the listener takes the PROXY protocol. To keep somebody out for a time, and to close his connections, ban him
/// instead.
#[derive(Debug)]
pub struct Addresses {
    rules: Vec<AddressRule>,
    ignore_claimed: bool,
}

impl Addresses {
    /// Judges by these rules. `ignore_claimed`: whatever user name a client claims, it is let in under its rule's.
    #[must_use]
    pub fn new(rules: Vec<AddressRule>, ignore_claimed: bool) -> Self {
        Self { rules, ignore_claimed }
    }

    /// Refuses clients from `deny`, and lets in those from `allow` under this name.
    #[must_use]
    pub fn lists(deny: &[IpNet], allow: &[IpNet], name: &Naming) -> Self {
        let denied =
            deny.iter().map(|network| AddressRule { network: *network, effect: AddressEffect::Deny });
        let allowed = allow.iter().map(|network| {
            let effect = AddressEffect::Allow(name.clone());
            AddressRule { network: *network, effect }
        });
        Self::new(denied.chain(allowed).collect(), false)
    }
}

impl Authenticator for Addresses {
    fn authenticate(&self, credentials: &Credentials<'_>, _hearing: &Hearing<'_>) -> Verdict {
        // An IPv4 peer of a dual-stack socket is an IPv4 peer.
        let from = credentials.remote.ip().to_canonical();
        let rule = self.rules.iter().find(|rule| rule.network.contains(&from));
        match rule.map(|rule| &rule.effect) {
            Some(AddressEffect::Deny) => refuse(Refusal::NotAuthorized),
            Some(AddressEffect::Allow(naming)) if credentials.method.is_none() => {
                naming.judge(credentials, self.ignore_claimed)
            }
            Some(AddressEffect::Allow(_) | AddressEffect::AskNext) | None => Verdict::Abstain,
        }
    }
}
