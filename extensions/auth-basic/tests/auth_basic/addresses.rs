use std::net::SocketAddr;

use tidegate_auth_basic::{AddressEffect, AddressRule, Addresses, Naming};
use tidegate_broker::Credentials;
use tidegate_types::Refusal;

use crate::world::{End, LOGIN, World, named};

fn rule(network: &str, effect: AddressEffect) -> AddressRule {
    AddressRule { network: network.parse().unwrap(), effect }
}

fn allow(user: &str) -> AddressEffect {
    AddressEffect::Allow(Naming::parse(user).unwrap())
}

fn from(address: &str) -> Credentials<'static> {
    Credentials { remote: SocketAddr::new(address.parse().unwrap(), 9), ..LOGIN }
}

fn world() -> World {
    let rules = vec![
        rule("10.9.0.0/16", AddressEffect::Deny),
        rule("10.0.0.0/24", AddressEffect::AskNext),
        rule("10.0.0.0/8", allow("plant")),
        rule("192.0.2.7/32", allow("${username}")),
        rule("2001:db8::/32", allow("")),
        rule("2001:db9::/32", allow("${clientid}")),
    ];
    World::new(Addresses::new(rules, false))
}

#[test]
fn the_first_network_counts() {
    let mut world = world();
    let denied = End::Refused(Refusal::NotAuthorized);
    for (address, end) in [
        ("10.9.1.1", denied),
        ("10.0.0.1", End::Next),
        ("10.0.1.1", named("plant")),
        ("::ffff:10.0.1.1", named("plant")),
        ("11.0.0.1", End::Next),
        ("2001:db8::1", End::In(None)),
        ("2001:db9::1", named("pump-7")),
        ("2001:dba::1", End::Next),
    ] {
        assert_eq!(world.login(&from(address)), end, "{address}");
    }
    let mapped = world.login(&from("::ffff:10.9.1.1"));
    assert_eq!(mapped, End::Refused(Refusal::NotAuthorized), "a mapped address is no way round");
}

#[test]
fn claims_are_believed_only_where_the_operator_says_so() {
    let mut world = world();
    let claims = |address, user| Credentials { user: Some(user), ..from(address) };
    assert_eq!(world.login(&claims("192.0.2.7", "alice")), named("alice"));
    assert_eq!(world.login(&from("192.0.2.7")), End::In(None));
    assert_eq!(world.login(&claims("192.0.2.7", "")), End::Next);
    assert_eq!(world.login(&claims("10.0.1.1", "plant")), named("plant"));
    assert_eq!(world.login(&claims("10.0.1.1", "alice")), End::Next);
    assert_eq!(world.login(&claims("10.9.1.1", "alice")), End::Refused(Refusal::NotAuthorized));
    let mut deaf = World::new(Addresses::new(vec![rule("10.0.0.0/8", allow("plant"))], true));
    assert_eq!(deaf.login(&claims("10.0.1.1", "alice")), named("plant"));
}

#[test]
fn a_proof_is_asked_for_from_allowed_networks_and_no_help_from_denied_ones() {
    let mut world = world();
    let proves =
        |address| Credentials { method: Some(("SCRAM-SHA-256", b"n,,n=alice,r=x")), ..from(address) };
    assert_eq!(world.login(&proves("10.0.1.1")), End::Next);
    assert_eq!(world.login(&proves("10.9.1.1")), End::Refused(Refusal::NotAuthorized));
}

#[test]
fn what_is_denied_is_denied_whatever_is_allowed() {
    let (deny, allow) = (["10.9.0.0/16".parse().unwrap()], ["10.0.0.0/8".parse().unwrap()]);
    let mut world = World::new(Addresses::lists(&deny, &allow, &Naming::parse("plant").unwrap()));
    assert_eq!(world.login(&from("10.9.1.1")), End::Refused(Refusal::NotAuthorized));
    assert_eq!(world.login(&from("10.1.1.1")), named("plant"));
    assert_eq!(world.login(&from("192.0.2.1")), End::Next);
}
