//! What a user may have, over all his clients.

use tidegate_guard::Kind;

use super::*;

fn eve() -> PrincipalRef {
    PrincipalRef::new(Principal { user: Some("eve".into()), ..Principal::default() })
}

fn counted(world: &World, quotas: UserQuotas) {
    world.broker.set_zones(Arc::new(Zone { quotas, ..Zone::default() }), Vec::new());
}

fn used(world: &World, kind: Kind) -> u64 {
    world.broker.defences().quotas.used(&"eve".into(), kind)
}

#[test]
fn sessions_are_counted_as_long_as_they_last() {
    let mut world = World::new(Limits::default());
    counted(&world, UserQuotas { sessions: Some(2), ..UserQuotas::default() });
    let first = world.open_as(&eve(), options("a")).unwrap();
    world.leave(&first, Detach::Clean).unwrap();
    world.open_as(&eve(), options("b")).unwrap();
    assert_eq!(world.open_as(&eve(), options("c")).unwrap_err(), Refusal::QuotaExceeded);
    assert!(world.broker.client(Realm(0), &ClientId::new("c")).is_none(), "nothing is left of it");
    // One that is there already is no further one.
    world.open_as(&eve(), options("a")).unwrap();
    world.open_as(&eve(), OpenOptions { clean: true, ..options("a") }).unwrap();
    assert_eq!(used(&world, Kind::Sessions), 2);
    world.broker.kick(&mut world.turn, Realm(0), &ClientId::new("b"));
    let third = world.open_as(&eve(), options("c")).unwrap();
    world.leave(&third, Detach::Lost).unwrap();
    world.pass(Duration::from_secs(120));
    assert_eq!(used(&world, Kind::Sessions), 1, "one expired, one is connected");
    // Others, and clients without a name, are not concerned.
    world.open("d");
    world.open("e");
}

#[test]
fn subscriptions_are_given_back_exactly() {
    let mut world = World::new(Limits::default());
    counted(&world, UserQuotas { subscriptions: Some(3), ..UserQuotas::default() });
    let (first, second) =
        (world.open_as(&eve(), options("a")).unwrap(), world.open_as(&eve(), options("b")).unwrap());
    assert!(world.subscribe(&first, &[wants("x"), wants("x"), wants("y")]).iter().all(Result::is_ok));
    let granted = world.subscribe(&second, &[wants("x"), wants("z")]);
    assert_eq!(granted, [Ok(Guarantee::ExactlyOnce), Err(Refusal::QuotaExceeded)]);
    assert_eq!(world.publish(&first, &draft("z")), Ok(0), "what was refused is not in the router");
    let gone = [(None, "x"), (None, "nothing")];
    let _done = world.broker.unsubscribe(&mut world.turn, &first.lease, &gone, NOTHING);
    assert_eq!(used(&world, Kind::Subscriptions), 2);
    assert!(world.subscribe(&second, &[wants("z")])[0].is_ok());
    world.broker.kick(&mut world.turn, Realm(0), &ClientId::new("b"));
    assert_eq!(used(&world, Kind::Subscriptions), 1);
}

#[test]
fn retained_values_count_for_who_published_them_last() {
    let mut world = World::new(Limits::default());
    counted(
        &world,
        UserQuotas { retained_messages: Some(2), retained_bytes: Some(1_000), ..UserQuotas::default() },
    );
    let (client, other) = (world.open_as(&eve(), options("a")).unwrap(), world.open("other"));
    let keep = |topic| Draft { retain: true, ..draft(topic) };
    world.publish(&client, &keep("1")).unwrap();
    world.publish(&client, &keep("2")).unwrap();
    world.publish(&client, &keep("2")).unwrap();
    assert_eq!(world.publish(&client, &keep("3")), Err(Refusal::QuotaExceeded));
    world.publish(&other, &keep("1")).unwrap();
    assert_eq!(used(&world, Kind::RetainedMessages), 1, "the value is another's now");
    world.publish(&client, &keep("3")).unwrap();
    world.publish(&client, &Draft { payload: b"", ..keep("2") }).unwrap();
    assert_eq!(used(&world, Kind::RetainedMessages), 1);
    // Too many bytes: routed, not retained.
    world.publish(&client, &Draft { payload: &[0; 2_000], ..keep("4") }).unwrap();
    assert!(world.broker.retained.get(b"4").is_none());
    let brief = Draft { expiry_seconds: Some(5), ..keep("5") };
    world.publish(&client, &brief).unwrap();
    assert_eq!(used(&world, Kind::RetainedMessages), 2);
    world.pass(Duration::from_secs(6));
    world.pass(Duration::from_secs(6));
    assert_eq!(used(&world, Kind::RetainedMessages), 1, "what expired is given back");
    world.publish(&client, &Draft { payload: b"", ..keep("3") }).unwrap();
    assert_eq!((used(&world, Kind::RetainedMessages), used(&world, Kind::RetainedBytes)), (0, 0));
}
