//! Rules and people for tests.

use std::sync::Arc;

use tidegate_broker::{Action, Authorizer, Decision, Principal};
use tidegate_config::sections::{Authorization, NoMatch};
use tidegate_rules::Rules;
use tidegate_types::{Certificate, ClientId, Guarantee};

/// The rules of a file.
pub(crate) fn rules(text: &str) -> Rules {
    let rules = Authorization::read_rules("rules.toml", text).unwrap_or_else(|problems| panic!("{problems}"));
    Rules::new(&rules, NoMatch::Deny)
}

/// Somebody with everything.
pub(crate) fn alice() -> Principal {
    let certificate = Certificate {
        common_name: Some("pump-7".into()),
        subject: "CN=pump-7,O=Works".into(),
        names: Vec::new(),
        fingerprint: [7; 32],
    };
    Principal {
        user: Some("alice".into()),
        attributes: vec![("role".into(), "admin".into()), ("site".into(), "north".into())],
        client: Some(ClientId::new("c1")),
        remote: Some("10.1.2.3:4711".parse().unwrap()),
        listener: Some("lan".into()),
        certificate: Some(Arc::new(certificate)),
        ..Principal::default()
    }
}

/// Somebody of whom nothing but a client id is known.
pub(crate) fn stranger(client: &str) -> Principal {
    Principal { client: Some(ClientId::new(client)), ..Principal::default() }
}

pub(crate) fn publish(rules: &Rules, who: &Principal, topic: &str) -> Decision {
    rules.authorize(who, Action::Publish { topic, guarantee: Guarantee::AtMostOnce, retain: false })
}

pub(crate) fn subscribe(rules: &Rules, who: &Principal, filter: &str) -> Decision {
    rules.authorize(who, Action::Subscribe { filter, group: None, guarantee: Guarantee::AtMostOnce })
}
