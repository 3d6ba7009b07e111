//! Rules change while sessions live.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;

mod races;

/// Lets everything pass but what begins with a word.
struct But(&'static str);

impl Authorizer for But {
    fn authorize(&self, _who: &Principal, action: Action<'_>) -> Decision {
        let (Action::Publish { topic: text, .. } | Action::Subscribe { filter: text, .. }) = action;
        let first = |text: &str| text.split('/').next().map(str::to_owned);
        let denied = first(text).is_some_and(|first| first == self.0 || first == "#" || first == "+");
        if denied { Decision::Deny } else { Decision::Allow }
    }
}

fn everything() -> Vec<Arc<dyn Authorizer>> {
    vec![Arc::new(But("nothing at all"))]
}

fn but(word: &'static str) -> Vec<Arc<dyn Authorizer>> {
    vec![Arc::new(But(word))]
}

fn god(world: &mut World) -> Client {
    world.open_as(&PrincipalRef::new(Principal::broker()), options("god")).unwrap()
}

fn topics(world: &mut World, client: &Client) -> Vec<String> {
    world.pull(client).iter().map(|one| delivery(one).message.topic().to_owned()).collect()
}

#[test]
fn what_waits_from_topics_that_may_not_be_read_any_more_is_dropped() {
    let mut world = World::new(Limits::default());
    world.broker.set_rules(everything());
    let (god, client) = (god(&mut world), world.open("c"));
    world.subscribe(&client, &[wants("a/#"), wants("b/#"), wants("a/b/+")]);
    for topic in ["a/1", "b/1", "a/b/c"] {
        world.publish(&god, &draft(topic)).unwrap();
    }
    // What comes under a subscription that its owner gave up may still be sent, but not against the rules.
    world.subscribe(&client, &[wants("c"), wants("d")]);
    for topic in ["c", "d"] {
        world.publish(&god, &draft(topic)).unwrap();
    }
    let _done =
        world.broker.unsubscribe(&mut world.turn, &client.lease, &[(None, "c"), (None, "d")], NOTHING);
    world.turn.tally = Tally::default();
    world.broker.set_rules(vec![Arc::new(But("a"))]);
    assert_eq!(topics(&mut world, &client), ["b/1", "c", "d"]);
    assert_eq!(world.turn.tally.dropped, 2);
    assert_eq!(world.publish(&god, &draft("a/1")), Ok(0));
    assert_eq!(world.broker.counters().subscriptions, 1);
    world.broker.set_rules(but("d"));
    world.publish(&god, &draft("b/2")).unwrap();
    assert_eq!(topics(&mut world, &client), ["b/2"]);
}

#[test]
fn the_sweep_judges_who_is_away_in_steps() {
    let mut world = World::new(Limits::default());
    world.broker.set_rules(everything());
    let god = god(&mut world);
    for n in 0..300 {
        let client = world.open(&format!("c{n}"));
        world.subscribe(&client, &[wants("a"), wants("b")]);
        world.leave(&client, Detach::Lost).unwrap();
    }
    world.publish(&god, &draft("a")).unwrap();
    world.broker.set_rules(but("a"));
    let mut steps = 1;
    while !world.broker.sweep(&mut world.turn, 50) {
        steps += 1;
    }
    assert!(steps > 5, "{steps}");
    assert_eq!(world.broker.counters().subscriptions, 300);
    assert_eq!(world.publish(&god, &draft("a")), Ok(0));
    assert_eq!(world.broker.client(Realm(0), &ClientId::new("c7")).unwrap().queued, 0);
    assert!(world.broker.sweep(&mut world.turn, 1), "and rests until the rules change again");
}

#[test]
fn the_kernels_own_timer_sweeps() {
    let mut world = World::new(Limits::default());
    let client = world.open("c");
    world.subscribe(&client, &[wants("a")]);
    world.broker.set_rules(but("a"));
    world.pass(Duration::from_secs(1));
    assert_eq!(world.broker.counters().subscriptions, 0);
}

#[test]
fn retained_values_are_not_read_on_under_rules_that_hide_them() {
    let mut world = World::new(Limits::default());
    world.broker.set_rules(everything());
    let (god, client) = (god(&mut world), world.open("c"));
    for n in 0..40 {
        world.publish(&god, &Draft { retain: true, ..draft(&format!("a/{n}")) }).unwrap();
    }
    world.subscribe(&client, &[wants("a/#")]);
    assert_eq!(world.pull_at_most(&client, 5).0.len(), 5);
    world.broker.set_rules(but("a"));
    assert!(world.pull(&client).is_empty());
    assert_eq!(world.subscribe(&client, &[wants("a/#")]), [Err(Refusal::NotAuthorized)]);
    assert!(world.pull(&client).is_empty());
}

#[test]
fn a_group_goes_on_without_the_member_that_may_not_read() {
    for durable in [true, false] {
        let mut world = World::new(Limits::default());
        world.broker.set_rules(vec![Arc::new(OnlyAllowed)]);
        let god = god(&mut world);
        let expiry = Duration::from_secs(if durable { 60 } else { 0 });
        let member = |world: &mut World, name: &str, allowed: &str| {
            let attributes = vec![("may".into(), allowed.into())];
            let principal = PrincipalRef::new(Principal { attributes, ..Principal::default() });
            let client = world.open_as(&principal, OpenOptions { expiry, ..options(name) }).unwrap();
            world.subscribe(&client, &[SubscribeDraft { group: Some("g"), ..wants("a") }]);
            client
        };
        let (first, second) = (member(&mut world, "1", "always"), member(&mut world, "2", "at first"));
        for _ in 0..4 {
            world.publish(&god, &draft("a")).unwrap();
        }
        // Rules that let the first read alone.
        world.broker.set_rules(vec![Arc::new(OnlyAlways)]);
        assert!(world.pull(&second).is_empty(), "durable {durable}");
        assert_eq!(world.pull(&first).len(), 4, "durable {durable}");
    }
}

struct OnlyAllowed;

impl Authorizer for OnlyAllowed {
    fn authorize(&self, who: &Principal, _action: Action<'_>) -> Decision {
        if who.attributes.is_empty() { Decision::Abstain } else { Decision::Allow }
    }
}

struct OnlyAlways;

impl Authorizer for OnlyAlways {
    fn authorize(&self, who: &Principal, _action: Action<'_>) -> Decision {
        let always = who.attributes.iter().any(|(_, value)| value.as_str() == "always");
        if always { Decision::Allow } else { Decision::Deny }
    }
}

#[test]
fn a_resumed_session_is_judged_as_who_comes_back() {
    let mut world = World::new(Limits::default());
    world.broker.set_rules(vec![Arc::new(OnlyAlways)]);
    let god = god(&mut world);
    let who = |value: &str| {
        PrincipalRef::new(Principal {
            attributes: vec![("may".into(), value.into())],
            ..Principal::default()
        })
    };
    let client = world.open_as(&who("always"), options("c")).unwrap();
    world.subscribe(&client, &[wants("a")]);
    world.leave(&client, Detach::Lost).unwrap();
    world.publish(&god, &draft("a")).unwrap();
    let client = world.open_as(&who("never"), options("c")).unwrap();
    assert!(client.resumed);
    assert!(world.pull(&client).is_empty());
    assert_eq!(world.broker.counters().subscriptions, 0);
}

/// Counts how often it is asked.
#[derive(Default)]
struct Counts(AtomicUsize, AtomicBool);

impl Authorizer for Counts {
    fn authorize(&self, _who: &Principal, action: Action<'_>) -> Decision {
        self.0.fetch_add(1, Ordering::Relaxed);
        let retained = matches!(action, Action::Publish { retain: true, .. });
        if retained { Decision::Deny } else { Decision::Allow }
    }

    fn holds(&self) -> bool {
        !self.1.load(Ordering::Relaxed)
    }
}

#[test]
fn a_decision_is_remembered_for_one_client_one_question_and_these_rules() {
    let mut world = World::new(Limits::default());
    let counts = Arc::new(Counts::default());
    world.broker.set_rules(vec![counts.clone()]);
    let client = world.open("c");
    let asked = |counts: &Counts| counts.0.swap(0, Ordering::Relaxed);
    for _ in 0..10 {
        world.publish(&client, &draft("a")).unwrap();
        world.publish(&client, &Draft { retain: true, ..draft("a") }).unwrap_err();
        world.publish(&client, &Draft { guarantee: Guarantee::AtMostOnce, ..draft("a") }).unwrap();
        world.subscribe(&client, &[wants("a"), SubscribeDraft { group: Some("a"), ..wants("a") }]);
    }
    assert_eq!(asked(&counts), 5);
    let other = world.open("d");
    world.publish(&other, &draft("a")).unwrap();
    assert_eq!(asked(&counts), 1);
    world.broker.set_rules(vec![counts.clone()]);
    world.publish(&client, &draft("a")).unwrap();
    assert_eq!(asked(&counts), 1);
    // No more than the zone lets it remember.
    for n in 0..1_000 {
        world.publish(&client, &draft(&format!("{n}"))).unwrap();
    }
    world.publish(&client, &draft(&"x".repeat(20_000))).unwrap();
    world.publish(&client, &draft(&"x".repeat(20_000))).unwrap();
    assert_eq!(asked(&counts), 1_002);
    // Rules that do not hold are asked each time.
    counts.1.store(true, Ordering::Relaxed);
    world.broker.set_rules(vec![counts.clone()]);
    for _ in 0..3 {
        world.publish(&client, &draft("a")).unwrap();
    }
    assert_eq!(asked(&counts), 3);
}

/// Closes the connections of those who read what begins with a word.
struct Expels(&'static str);

impl Authorizer for Expels {
    fn authorize(&self, _who: &Principal, action: Action<'_>) -> Decision {
        match action {
            Action::Subscribe { filter, .. } if filter.starts_with(self.0) => Decision::Expel,
            _ => Decision::Allow,
        }
    }
}

#[test]
fn whom_a_new_rule_wants_out_is_told_to_go() {
    let reason = CloseReason::Refused(Refusal::NotAuthorized);
    for pulls in [false, true] {
        let mut world = World::new(Limits::default());
        let (client, other, away) = (world.open("c"), world.open("d"), world.open("e"));
        for (client, filters) in [(&client, ["a/1", "a/2"]), (&other, ["b", "c"]), (&away, ["a/1", "b"])] {
            world.subscribe(client, &filters.map(wants));
        }
        world.leave(&away, Detach::Lost).unwrap();
        world.broker.set_rules(vec![Arc::new(Expels("a"))]);
        if pulls {
            assert!(world.pull(&client).is_empty());
        }
        world.pass(Duration::from_secs(1));
        assert_eq!(world.closed(), [(client.seat, reason)], "once, and nobody else");
        assert_eq!(world.broker.counters().subscriptions, 3);
    }
}

/// While it is asked, sweeps once more.
struct Sweeps(Arc<std::sync::OnceLock<std::sync::Weak<Broker>>>, AtomicUsize);

impl Authorizer for Sweeps {
    fn authorize(&self, _who: &Principal, _action: Action<'_>) -> Decision {
        let broker = self.0.get().and_then(std::sync::Weak::upgrade).unwrap();
        self.1.fetch_add(1, Ordering::Relaxed);
        assert!(!broker.sweep(&mut Turn::new(moment()), 1_000), "somebody is at it");
        Decision::Allow
    }
}

#[test]
fn a_second_sweep_does_not_disturb_the_first() {
    let mut world = World::new(Limits::default());
    for n in 0..50 {
        let client = world.open(&format!("c{n}"));
        world.subscribe(&client, &[wants("a")]);
    }
    let World { broker, mut turn, .. } = world;
    let (broker, there) = (Arc::new(broker), Arc::new(std::sync::OnceLock::new()));
    let _set = there.set(Arc::downgrade(&broker));
    let sweeps = Arc::new(Sweeps(there, AtomicUsize::new(0)));
    broker.set_rules(vec![sweeps.clone()]);
    let mut steps = 1;
    while !broker.sweep(&mut turn, 10) {
        steps += 1;
        assert!(steps < 100, "it comes to an end");
    }
    assert_eq!(sweeps.1.load(Ordering::Relaxed), 50, "each subscription was judged once");
}

/// Lets alice read everything, bob what is under `open`.
struct Names;

impl Authorizer for Names {
    fn authorize(&self, who: &Principal, action: Action<'_>) -> Decision {
        let named = |name| who.user.as_ref().is_some_and(|user| user.as_str() == name);
        match action {
            Action::Subscribe { filter, .. } if named("bob") && filter.starts_with("open") => Decision::Allow,
            _ if named("alice") => Decision::Allow,
            _ => Decision::Deny,
        }
    }
}

#[test]
fn what_was_sent_to_one_user_is_judged_before_it_is_sent_to_another() {
    for (lost, next, expected) in [
        (true, "bob", vec!["open/1", "open/2"]),
        (false, "bob", vec!["open/1", "open/2"]),
        (false, "eve", vec![]),
        (true, "alice", vec!["shut/1", "open/1", "shut/2", "open/2", "group"]),
    ] {
        let mut world = World::new(Limits::default());
        world.broker.set_zones(Arc::new(Zone { takeover: Takeover::Anybody, ..Zone::default() }), Vec::new());
        world.broker.set_rules(vec![Arc::new(Names)]);
        let god = god(&mut world);
        let user =
            |name: &str| PrincipalRef::new(Principal { user: Some(name.into()), ..Principal::default() });
        let alice = world.open_as(&user("alice"), options("dev")).unwrap();
        let shared = SubscribeDraft { group: Some("g"), ..wants("group") };
        world.subscribe(&alice, &[wants("shut/#"), wants("open/#"), shared]);
        for (topic, guarantee) in [
            ("shut/1", Guarantee::AtLeastOnce),
            ("open/1", Guarantee::AtLeastOnce),
            ("shut/2", Guarantee::ExactlyOnce),
            ("open/2", Guarantee::ExactlyOnce),
            ("group", Guarantee::ExactlyOnce),
        ] {
            world.publish(&god, &Draft { guarantee, ..draft(topic) }).unwrap();
        }
        assert_eq!(world.pull(&alice).len(), 5);
        if lost {
            world.leave(&alice, Detach::Lost).unwrap();
        }
        let next = world.open_as(&user(next), options("dev")).unwrap();
        assert!(next.resumed);
        let pulled = world.pull(&next);
        let got: Vec<_> = pulled.iter().map(|one| delivery(one).message.topic().to_owned()).collect();
        assert_eq!(got, expected, "lost {lost}");
        // What is left keeps its handle, and the rest are free.
        for one in &pulled {
            world.settle(&next, delivery(one).handle, Settlement::Accept).unwrap();
        }
        assert_eq!(world.broker.client(Realm(0), &ClientId::new("dev")).unwrap().unsettled, 0);
    }
}
