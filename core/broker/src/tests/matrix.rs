//! Every verb under every kind of decision.

use super::*;

/// Says one thing of everything but of what is free.
struct Says(Decision);

impl Authorizer for Says {
    fn authorize(&self, _who: &Principal, action: Action<'_>) -> Decision {
        let (Action::Publish { topic: text, .. } | Action::Subscribe { filter: text, .. }) = action;
        if text.starts_with("free") { Decision::Allow } else { self.0 }
    }
}

/// Who rules.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Case {
    Nobody,
    Rule(Decision),
    Superuser(Decision),
    /// The rules say the one when the client opens, and the other from then on.
    Changes(Decision, Decision),
}

const CASES: [Case; 10] = [
    Case::Nobody,
    Case::Rule(Decision::Allow),
    Case::Rule(Decision::Deny),
    Case::Rule(Decision::Expel),
    Case::Rule(Decision::Abstain),
    Case::Superuser(Decision::Deny),
    Case::Superuser(Decision::Expel),
    Case::Changes(Decision::Allow, Decision::Deny),
    Case::Changes(Decision::Allow, Decision::Expel),
    Case::Changes(Decision::Deny, Decision::Allow),
];

impl Case {
    fn last(self) -> Decision {
        match self {
            Self::Nobody | Self::Superuser(_) => Decision::Allow,
            Self::Rule(decision) | Self::Changes(_, decision) => decision,
        }
    }
}

struct Stage {
    world: World,
    client: Client,
    principal: PrincipalRef,
    /// May everything.
    god: Client,
}

impl Stage {
    fn new(case: Case) -> Self {
        let mut world = World::new(Limits::default());
        let rule = |says: Decision| -> Vec<Arc<dyn Authorizer>> { vec![Arc::new(Says(says))] };
        match case {
            Case::Nobody => {}
            Case::Rule(says) | Case::Superuser(says) | Case::Changes(says, _) => {
                world.broker.set_rules(rule(says))
            }
        }
        let superuser = matches!(case, Case::Superuser(_));
        let principal = PrincipalRef::new(Principal { superuser, ..Principal::default() });
        let will = Some(super::expiry::will(0));
        let god = world.open_as(&PrincipalRef::new(Principal::broker()), options("god")).unwrap();
        world.subscribe(&god, &[wants("#")]);
        world.publish(&god, &Draft { retain: true, ..draft("kept") }).unwrap();
        world.pull(&god);
        let client = world.open_as(&principal, OpenOptions { will, ..options("c") }).unwrap();
        // Whatever is remembered is remembered from before the change.
        let _done = world.publish(&client, &draft("topic"));
        world.pull(&god);
        world.closed();
        if let Case::Changes(_, says) = case {
            world.broker.set_rules(rule(says));
        }
        world.turn.seat = Some(client.seat);
        Self { world, client, principal, god }
    }

    fn transact(&mut self) -> bool {
        let free = Operation::Publish { draft: draft("free"), once: None };
        let asked = Operation::Publish { draft: draft("topic"), once: None };
        let (turn, lease) = (&mut self.world.turn, &self.client.lease);
        let done = self.world.broker.transact(turn, lease, &[free, asked], NOTHING).done();
        match done.unwrap().unwrap() {
            Transacted::Applied(_) => true,
            refused => {
                assert_eq!(refused, Transacted::Refused { index: 1, refusal: Refusal::NotAuthorized });
                false
            }
        }
    }

    fn request(&mut self) -> bool {
        let (turn, lease) = (&mut self.world.turn, &self.client.lease);
        let timeout = Duration::from_secs(1);
        match self.world.broker.request(turn, lease, &draft("topic"), timeout, NOTHING) {
            Outcome::Pending(_) => true,
            Outcome::Done(result) => {
                assert_eq!(result.unwrap_err(), Refusal::NotAuthorized);
                false
            }
        }
    }

    fn subscribe(&mut self, draft: SubscribeDraft<'_>) -> bool {
        let granted = self.world.subscribe(&self.client, &[draft]);
        assert!(matches!(granted[0], Ok(_) | Err(Refusal::NotAuthorized)));
        granted[0].is_ok()
    }
}

type Verb = (&'static str, fn(&mut Stage) -> bool);

/// Verbs that something is published by; what comes of it is seen by another.
const PUBLISHES: [Verb; 6] = [
    ("publish", |stage| stage.world.publish(&stage.client, &draft("topic")).is_ok()),
    ("publish once", |stage| stage.world.publish_once(&stage.client, &draft("topic"), Some(1)).is_ok()),
    ("publish as", |stage| {
        let ticket = (stage.client.seat, NOTHING);
        let principal = PrincipalRef::clone(&stage.principal);
        stage
            .world
            .broker
            .publish_as(&mut stage.world.turn, &principal, &draft("topic"), ticket)
            .done()
            .unwrap()
            .is_ok()
    }),
    ("transact", Stage::transact),
    ("request", Stage::request),
    ("publish retained", |stage| {
        stage.world.publish(&stage.client, &Draft { retain: true, ..draft("topic") }).is_ok()
    }),
];

/// Verbs that something is read by, if what is published then comes.
const SUBSCRIBES: [Verb; 4] = [
    ("subscribe", |stage| stage.subscribe(wants("topic"))),
    ("subscribe with a wildcard", |stage| stage.subscribe(wants("+"))),
    ("subscribe to all", |stage| stage.subscribe(wants("#"))),
    ("subscribe in a group", |stage| stage.subscribe(SubscribeDraft { group: Some("g"), ..wants("#") })),
];

fn check(case: Case, verb: &str, stage: &mut Stage, allowed: bool) {
    assert_eq!(allowed, case.last() == Decision::Allow, "{verb} under {case:?}");
    let expelled = stage.world.closed();
    let expected = [(stage.client.seat, CloseReason::Refused(Refusal::NotAuthorized))];
    if case.last() == Decision::Expel {
        assert_eq!(expelled, expected, "{verb} under {case:?}");
    } else {
        assert!(expelled.is_empty(), "{verb} under {case:?}");
    }
}

#[test]
fn who_may_not_publish_publishes_by_no_verb() {
    for case in CASES {
        for (name, verb) in PUBLISHES {
            let mut stage = Stage::new(case);
            let allowed = verb(&mut stage);
            check(case, name, &mut stage, allowed);
            let god = stage.god.clone();
            let seen = stage.world.pull(&god).len();
            let whole = if name == "transact" { 2 } else { 1 };
            assert_eq!(seen, if allowed { whole } else { 0 }, "{name} under {case:?}");
            assert_eq!(
                stage.world.broker.retained.get(b"topic").is_some(),
                allowed && name.ends_with("retained")
            );
        }
    }
}

#[test]
fn who_may_not_read_reads_by_no_verb() {
    for case in CASES {
        for (name, verb) in SUBSCRIBES {
            let mut stage = Stage::new(case);
            let allowed = verb(&mut stage);
            check(case, name, &mut stage, allowed);
            let (god, client) = (stage.god.clone(), stage.client.clone());
            stage.world.publish(&god, &draft("topic")).unwrap();
            let got: Vec<_> = stage
                .world
                .pull(&client)
                .iter()
                .map(|one| delivery(one).message.topic().to_owned())
                .collect();
            let kept = allowed && !name.ends_with("group") && name != "subscribe";
            assert_eq!(got.contains(&"topic".to_owned()), allowed, "{name} under {case:?}");
            assert_eq!(got.contains(&"kept".to_owned()), kept, "{name} under {case:?}: the retained value");
        }
    }
}

#[test]
fn a_will_is_judged_when_it_is_published() {
    for case in CASES {
        let mut stage = Stage::new(case);
        let (god, client) = (stage.god.clone(), stage.client.clone());
        stage.world.leave(&client, Detach::Lost).unwrap();
        let expected = usize::from(case.last() == Decision::Allow);
        assert_eq!(stage.world.pull(&god).len(), expected, "{case:?}");
        assert!(stage.world.closed().is_empty(), "there is no connection any more");
    }
}

#[test]
fn what_was_subscribed_under_other_rules_is_read_under_those_that_hold() {
    for case in CASES {
        for (name, verb) in SUBSCRIBES {
            let Case::Changes(before, after) = case else { continue };
            let mut stage = Stage::new(Case::Rule(before));
            let (god, client) = (stage.god.clone(), stage.client.clone());
            let had = verb(&mut stage);
            stage.world.closed();
            stage.world.publish(&god, &draft("topic")).unwrap();
            stage.world.broker.set_rules(vec![Arc::new(Says(after))]);
            stage.world.publish(&god, &draft("topic")).unwrap();
            let got = stage.world.pull(&client).len();
            assert_eq!(got > 0, had && after == Decision::Allow, "{name} under {case:?}");
            let goes = had && after == Decision::Expel;
            assert_eq!(!stage.world.closed().is_empty(), goes, "{name} under {case:?}");
        }
    }
}

#[test]
fn an_inbox_is_its_owners_and_everybodys_to_write_to() {
    for case in CASES {
        let mut stage = Stage::new(case);
        let (god, client) = (stage.god.clone(), stage.client.clone());
        let own = stage.world.broker.inbox(&client.lease).unwrap();
        let others = stage.world.broker.inbox(&god.lease).unwrap();
        assert!(stage.subscribe(wants(&format!("{own}#"))), "{case:?}");
        assert!(stage.world.publish(&client, &draft(&format!("{others}x"))).is_ok());
        for filter in [format!("{others}#"), "$inbox/#".into(), "$inbox/+/x".into(), "$inbox".into()] {
            assert!(!stage.subscribe(wants(&filter)), "{filter} under {case:?}");
            let group = SubscribeDraft { group: Some("g"), ..wants(&filter) };
            assert!(!stage.subscribe(group), "{filter} in a group under {case:?}");
        }
        stage.world.publish(&god, &draft(&format!("{own}x"))).unwrap();
        assert_eq!(stage.world.pull(&client).len(), 1, "{case:?}");
    }
}

#[test]
fn a_wildcard_at_the_beginning_reads_nothing_that_begins_with_a_dollar() {
    let mut stage = Stage::new(Case::Nobody);
    let (god, client) = (stage.god.clone(), stage.client.clone());
    for filter in ["#", "+/#", "+/x"] {
        stage.subscribe(wants(filter));
        stage.subscribe(SubscribeDraft { group: Some("g"), ..wants(filter) });
    }
    stage.world.pull(&client);
    for topic in ["$SYS/x", "$inbox/1/x", "$other/x"] {
        let secret = Draft { retain: true, ..draft(topic) };
        stage.world.publish(&god, &secret).unwrap();
    }
    assert!(stage.world.pull(&client).is_empty());
    stage.subscribe(wants("#"));
    let again = stage.world.pull(&client);
    assert!(again.iter().all(|one| !delivery(one).message.topic().starts_with('$')));
}
