//! Proofs that end and are renewed.

use super::*;

fn eve(world: &World, seconds: u64, attribute: &str) -> PrincipalRef {
    PrincipalRef::new(Principal {
        user: Some("eve".into()),
        attributes: vec![("may".into(), attribute.into())],
        expires: Some(world.turn.now.at + Duration::from_secs(seconds)),
        ..Principal::default()
    })
}

/// Lets those read whose attribute names the topic.
struct ByAttribute;

impl Authorizer for ByAttribute {
    fn authorize(&self, who: &Principal, action: Action<'_>) -> Decision {
        let (Action::Publish { topic: text, .. } | Action::Subscribe { filter: text, .. }) = action;
        let allowed = who.attributes.iter().any(|(_, value)| value.as_str() == text);
        if allowed { Decision::Allow } else { Decision::Deny }
    }
}

#[test]
fn a_connection_ends_with_its_proof_and_its_will_follows() {
    let mut world = World::new(Limits::default());
    let watcher = world.open("w");
    world.subscribe(&watcher, &[wants("will")]);
    let mourned = OpenOptions { will: Some(super::expiry::will(0)), ..options("c") };
    let principal = eve(&world, 10, "will");
    let client = world.open_as(&principal, mourned).unwrap();
    world.pass(Duration::from_secs(9));
    assert!(world.closed().is_empty());
    world.pass(Duration::from_secs(1));
    assert_eq!(world.closed(), [(client.seat, CloseReason::Expired)]);
    world.leave(&client, Detach::Lost).unwrap();
    assert_eq!(world.read(&watcher).len(), 1);
    assert_eq!(world.open_as(&principal, options("c")).unwrap_err(), Refusal::NotAuthorized);
    let outcome =
        world.broker.publish_as(&mut world.turn, &principal, &draft("will"), (client.seat, NOTHING));
    assert_eq!(outcome.done(), Some(Err(Refusal::NotAuthorized)));
}

#[test]
fn a_renewal_moves_the_end_and_nothing_is_left_behind() {
    let mut world = World::new(Limits::default());
    for (renewed, passes) in [(20, 15), (5, 4)] {
        let first = eve(&world, 10, "");
        let client = world.open_as(&first, options("c")).unwrap();
        let again = eve(&world, renewed, "");
        let lease = world.broker.renew(&mut world.turn, &client.lease, &again).unwrap();
        world.pass(Duration::from_secs(passes));
        assert!(world.closed().is_empty());
        world.pass(Duration::from_secs(renewed - passes));
        assert_eq!(world.closed(), [(client.seat, CloseReason::Expired)]);
        let client = Client { lease, ..client };
        world.leave(&client, Detach::Clean).unwrap();
    }
    let principal = eve(&world, 1_000, "");
    for _ in 0..10 {
        let passing = OpenOptions { expiry: Duration::ZERO, ..options("d") };
        let client = world.open_as(&principal, passing).unwrap();
        world.leave(&client, Detach::Clean).unwrap();
    }
    assert_eq!(world.broker.timers.len(), 1, "only the session of c waits for its end");
}

#[test]
fn nobody_becomes_somebody_else_on_a_live_channel() {
    let mut world = World::new(Limits::default());
    let client = world.open_as(&eve(&world, 10, ""), options("c")).unwrap();
    let mallory = PrincipalRef::new(Principal { user: Some("mallory".into()), ..Principal::default() });
    let other_client =
        Principal { client: Some(ClientId::new("d")), ..Principal::clone(&eve(&world, 10, "")) };
    for other in [mallory, PrincipalRef::new(other_client), PrincipalRef::default(), eve(&world, 0, "")] {
        let renewed = world.broker.renew(&mut world.turn, &client.lease, &other);
        assert_eq!(renewed.unwrap_err(), Refusal::NotAuthorized);
    }
}

#[test]
fn what_is_proved_anew_is_what_counts_from_then_on() {
    let mut world = World::new(Limits::default());
    world.broker.set_access(Vec::new(), vec![Arc::new(ByAttribute)]);
    let publisher = world.open_as(&PrincipalRef::new(Principal::broker()), options("p")).unwrap();
    let mut client = world.open_as(&eve(&world, 100, "a"), options("c")).unwrap();
    assert!(world.subscribe(&client, &[wants("a")])[0].is_ok());
    assert!(world.publish(&client, &draft("a")).is_ok());
    assert_eq!(world.pull(&client).len(), 1);
    world.publish(&publisher, &draft("a")).unwrap();
    let again = eve(&world, 100, "b");
    let lease = world.broker.renew(&mut world.turn, &client.lease, &again).unwrap();
    client.lease = lease;
    assert!(world.pull(&client).is_empty(), "what waited may not be read any more");
    assert_eq!(
        world.publish(&client, &draft("a")),
        Err(Refusal::NotAuthorized),
        "and no decision is remembered"
    );
    assert!(world.publish(&client, &draft("b")).is_ok());
    assert_eq!(world.publish(&publisher, &draft("a")), Ok(0));
}
