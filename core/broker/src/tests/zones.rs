//! What holds for the clients of some listeners.

use super::*;

fn through(listener: &str, user: &str) -> PrincipalRef {
    PrincipalRef::new(Principal {
        user: Some(user.into()),
        listener: Some(listener.into()),
        ..Principal::default()
    })
}

#[test]
fn a_session_has_the_bounds_of_its_listeners_zone_until_it_is_opened_again() {
    let mut world = World::new(Limits::default());
    let narrow = SessionLimits { queue_messages: 4, subscriptions: 1, ..SessionLimits::default() };
    let narrow = Zone {
        session: SessionLimits { session_expiry: Duration::from_secs(5), ..narrow },
        ..Zone::default()
    };
    world.broker.set_zones(Arc::default(), vec![("narrow".into(), Arc::new(narrow))]);
    let publisher = world.open("p");
    let wide = world.open_as(&through("wide", "w"), options("w")).unwrap();
    let narrow = world.open_as(&through("narrow", "n"), options("n")).unwrap();
    for (client, expected) in [(&wide, 10), (&narrow, 4)] {
        assert!(world.subscribe(client, &[wants("a")])[0].is_ok());
        assert_eq!(world.subscribe(client, &[wants("b")])[0].is_ok(), expected == 10);
    }
    for _ in 0..10 {
        world.publish(&publisher, &draft("a")).unwrap();
    }
    let expiry = |world: &World, client: &Client| {
        world.broker.expire_after(&client.lease, Duration::from_secs(60)).unwrap().as_secs()
    };
    assert_eq!((expiry(&world, &wide), expiry(&world, &narrow)), (60, 5));
    for (client, expected) in [(&wide, 10), (&narrow, 4)] {
        assert_eq!(world.pull(client).len(), expected);
    }
    // Zones that come later hold for sessions opened later.
    world.broker.set_zones(Arc::default(), Vec::new());
    assert!(world.subscribe(&narrow, &[wants("c")])[0].is_err());
    let narrow = world.open_as(&through("narrow", "n"), options("n")).unwrap();
    assert!(world.subscribe(&narrow, &[wants("c")])[0].is_ok());
}

#[test]
fn a_session_is_taken_over_by_its_user_or_where_both_zones_say_so_by_anybody() {
    let mut world = World::new(Limits::default());
    let open = Arc::new(Zone { takeover: Takeover::Anybody, ..Zone::default() });
    world.broker.set_zones(Arc::default(), vec![("open".into(), open)]);
    let mut open = |listener, user, client| {
        world.open_as(&through(listener, user), options(client)).map(|client| client.resumed)
    };
    assert_eq!(open("strict", "eve", "c"), Ok(false));
    assert_eq!(
        open("open", "mallory", "c"),
        Err(Refusal::NotAuthorized),
        "it was opened where that is not so"
    );
    assert_eq!(open("open", "eve", "c"), Ok(true));
    assert_eq!(open("strict", "mallory", "c"), Err(Refusal::NotAuthorized));
    assert_eq!(open("open", "mallory", "c"), Ok(true));
}

#[test]
fn at_most_once_messages_wait_for_who_is_away_where_the_zone_says_so() {
    let mut world = World::new(Limits::default());
    let keeping = SessionLimits { keep_at_most_once: true, ..SessionLimits::default() };
    let keeping = Zone { session: keeping, ..Zone::default() };
    world.broker.set_zones(Arc::default(), vec![("keeping".into(), Arc::new(keeping))]);
    let publisher = world.open("p");
    for (listener, kept) in [("keeping", 1), ("other", 0)] {
        let who = through(listener, listener);
        let client = world.open_as(&who, options(listener)).unwrap();
        assert!(world.subscribe(&client, &[wants("a")])[0].is_ok());
        world.broker.detach(&mut world.turn, &client.lease, Detach::Lost).done();
        world.publish(&publisher, &Draft { guarantee: Guarantee::AtMostOnce, ..draft("a") }).unwrap();
        let again = world.open_as(&who, options(listener)).unwrap();
        assert_eq!(world.pull(&again).len(), kept, "{listener}");
    }
}

#[test]
fn the_nameless_are_one_somebody_within_a_zone_and_no_further() {
    let mut world = World::new(Limits::default());
    let zone = |name: &str| Arc::new(Zone { name: name.into(), ..Zone::default() });
    let inner = zone("inner");
    world.broker.set_zones(
        zone("default"),
        vec![("a".into(), Arc::clone(&inner)), ("b".into(), inner), ("c".into(), zone("other"))],
    );
    let mut open = |listener: &str, user: Option<&str>, clean| {
        let (user, listener): (Option<tidegate_types::Text>, _) =
            (user.map(Into::into), Some(listener.into()));
        let who = PrincipalRef::new(Principal { user: user.clone(), listener, ..Principal::default() });
        let client = if user.is_some() { "named" } else { "nameless" };
        world.open_as(&who, OpenOptions { clean, ..options(client) }).map(|client| client.resumed)
    };
    assert_eq!(open("a", None, false), Ok(false));
    assert_eq!(open("b", None, false), Ok(true), "another listener of the zone");
    for listener in ["c", "elsewhere"] {
        for clean in [false, true] {
            assert_eq!(open(listener, None, clean), Err(Refusal::NotAuthorized), "{listener}");
        }
    }
    assert_eq!(open("a", Some("eve"), false), Ok(false));
    assert_eq!(open("c", Some("eve"), false), Ok(true), "a name is a name everywhere");
}
