use std::borrow::Cow;

use tidegate_types::{DropReason, SessionKey};

use super::*;

pub(super) struct Rules;

impl Authorizer for Rules {
    fn authorize(&self, _who: &Principal, action: Action<'_>) -> Decision {
        match action {
            Action::Publish { topic, .. } if topic.starts_with("free/") => Decision::Allow,
            Action::Subscribe { filter, .. } if filter.starts_with("free/") => Decision::Allow,
            Action::Publish { topic: "secret", .. } => Decision::Deny,
            _ => Decision::Abstain,
        }
    }
}

#[test]
fn with_rules_what_no_rule_allows_is_denied_for_every_verb() {
    let mut world = World::new(Limits::default());
    world.broker.set_access(Vec::new(), vec![Arc::new(Rules)]);
    let client = world.open("c");
    assert_eq!(
        world.subscribe(&client, &[wants("free/#"), wants("#")]),
        [Ok(Guarantee::ExactlyOnce), Err(Refusal::NotAuthorized)]
    );
    assert_eq!(world.publish(&client, &draft("free/a")), Ok(1));
    for denied in ["secret", "other"] {
        assert_eq!(world.publish(&client, &draft(denied)), Err(Refusal::NotAuthorized));
    }
    let anyone = Principal::default();
    let outcome = world.broker.publish_as(&mut world.turn, &anyone, &draft("x"), (client.seat, NOTHING));
    assert_eq!(outcome.done(), Some(Err(Refusal::NotAuthorized)));
    // A will is judged when it is published.
    let watcher = world.open_as(&PrincipalRef::new(Principal::broker()), options("w")).unwrap();
    world.subscribe(&watcher, &[wants("will")]);
    let mourned = OpenOptions { will: Some(super::expiry::will(0)), ..options("m") };
    let mourned = world.try_open(mourned).unwrap();
    world.leave(&mourned, Detach::Lost).unwrap();
    assert!(world.pull(&watcher).is_empty());
    // The broker itself needs no rule.
    let by_broker = world.broker.publish_as_broker(&mut world.turn, &draft("will"));
    assert_eq!(by_broker.done(), Some(Ok(Published { receivers: 1 })));
}

#[test]
fn a_refused_exactly_once_message_leaves_no_key() {
    let mut world = World::new(Limits::default());
    world.broker.set_access(Vec::new(), vec![Arc::new(Rules)]);
    let client = world.open("c");
    assert_eq!(world.publish_once(&client, &draft("secret"), Some(1)), Err(Refusal::NotAuthorized));
    let forgotten = world.broker.forget(&mut world.turn, &client.lease, 1, NOTHING);
    assert_eq!(forgotten.done(), Some(Err(Refusal::NotFound)));
}

pub(super) struct Rewriter;

impl Interceptor for Rewriter {
    fn publish(&self, _who: &Principal, proposal: &mut Proposal<'_>) -> Result<(), Refusal> {
        if proposal.payload.as_ref() == b"bad" {
            return Err(Refusal::BadPayload);
        }
        proposal.topic = Cow::Owned(proposal.topic.replace("free/", "secret/"));
        Ok(())
    }
}

#[test]
fn an_interceptor_changes_or_refuses_and_its_change_is_authorized() {
    let mut world = World::new(Limits::default());
    world.broker.set_interceptors(vec![Arc::new(Rewriter)]);
    let client = world.open("c");
    world.subscribe(&client, &[wants("#")]);
    let bad = Draft { payload: b"bad", ..draft("free/a") };
    assert_eq!(world.publish(&client, &bad), Err(Refusal::BadPayload));
    world.publish(&client, &draft("free/a")).unwrap();
    let pulled = world.pull(&client);
    assert_eq!(delivery(&pulled[0]).message.topic(), "secret/a");
    world.broker.set_access(Vec::new(), vec![Arc::new(Rules)]);
    assert_eq!(world.publish(&client, &draft("free/a")), Err(Refusal::NotAuthorized));
}

#[derive(Default)]
struct Diary(Mutex<Vec<String>>);

impl Observer for Diary {
    fn interest(&self) -> Interest {
        Interest::ALL
    }

    fn notice(&self, event: &Event<'_>) {
        let name = |key: &SessionKey| key.client.as_str().to_owned();
        let line = match event {
            Event::ClientConnected { key } => format!("{} connected", name(key)),
            Event::ClientDisconnected { key, clean } => format!("{} disconnected {clean}", name(key)),
            Event::ClientSubscribe { key, filter } => format!("{} asks for {filter}", name(key)),
            Event::SessionCreated { key } => format!("{} created", name(key)),
            Event::SessionResumed { key } => format!("{} resumed", name(key)),
            Event::SessionTakenover { key } => format!("{} taken over", name(key)),
            Event::SessionDiscarded { key } => format!("{} discarded", name(key)),
            Event::SessionTerminated { key } => format!("{} terminated", name(key)),
            Event::SessionSubscribed { key, filter } => format!("{} has {filter}", name(key)),
            Event::MessagePublish { message } => format!("published {}", message.topic()),
            Event::MessageDelivered { key, .. } => format!("delivered to {}", name(key)),
            Event::MessageAcked { key, .. } => format!("acked by {}", name(key)),
            Event::MessageDropped { reason: DropReason::NoSubscriber, .. } => "nobody".into(),
            Event::MessageDropped { reason, .. } => format!("dropped: {reason}"),
            Event::ClientAuthenticate { client, refused } => format!("{client} proves itself: {refused:?}"),
            Event::ClientAuthorize { topic, allowed, .. } => format!("{topic} allowed {allowed}"),
            Event::ClientClosed { key, .. } => format!("{} told to go", name(key)),
            _ => return,
        };
        self.0.lock().push(line);
    }
}

#[test]
fn everything_that_happens_is_told_in_order() {
    let mut world = World::new(Limits::default());
    let diary = Arc::new(Diary::default());
    world.broker.observe(diary.clone());
    let first = world.open("c");
    world.subscribe(&first, &[wants("a")]);
    world.publish(&first, &draft("a")).unwrap();
    world.publish(&first, &draft("b")).unwrap();
    let pulled = world.pull(&first);
    world.settle(&first, delivery(&pulled[0]).handle, Settlement::Accept).unwrap();
    let second = world.open("c");
    let third = world.try_open(OpenOptions { clean: true, ..options("c") }).unwrap();
    world.broker.expire_after(&third.lease, Duration::ZERO).unwrap();
    world.leave(&third, Detach::Clean).unwrap();
    drop(second);
    let expected = [
        "c created",
        "c connected",
        "c asks for a",
        "c has a",
        "published a",
        "published b",
        "nobody",
        "delivered to c",
        "acked by c",
        "c told to go",
        "c taken over",
        "c resumed",
        "c connected",
        "c discarded",
        "c told to go",
        "c terminated",
        "c created",
        "c connected",
        "c disconnected true",
        "c terminated",
    ];
    assert_eq!(*diary.0.lock(), expected);
}

struct Slow(Mutex<Vec<Adjourned>>);

impl Authenticator for Slow {
    fn authenticate(&self, credentials: &Credentials<'_>, hearing: &Hearing<'_>) -> Verdict {
        match credentials.user {
            None => Verdict::Abstain,
            Some("later") => {
                self.0.lock().push(hearing.adjourn());
                Verdict::Later
            }
            Some(_) => Verdict::Answer(Err(Refusal::BadCredentials)),
        }
    }
}

fn credentials(user: Option<&str>, loopback: bool) -> Credentials<'_> {
    Credentials {
        realm: Realm(0),
        client: "c",
        user,
        password: None,
        method: None,
        exchange: None,
        remote: ([127, 0, 0, 1], 1).into(),
        listener: "default",
        loopback,
        certificate: None,
    }
}

#[test]
fn authenticators_are_asked_in_order_and_may_answer_later() {
    let mut world = World::new(Limits::default());
    let slow = Arc::new(Slow(Mutex::default()));
    let anonymous = Anonymous { loopback_only: true, names_unproven: false };
    world.broker.set_access(vec![slow.clone(), Arc::new(anonymous)], Vec::new());
    let seat = world.seat();
    let mut ask = |user, loopback| {
        world.broker.authenticate(&mut world.turn, &credentials(user, loopback), (seat, RequestId(3)))
    };
    assert!(matches!(ask(None, true), Outcome::Done(Ok(Authenticated::Principal(..)))));
    assert!(matches!(ask(None, false), Outcome::Done(Err(Refusal::NotAuthorized))));
    assert!(matches!(ask(Some("x"), true), Outcome::Done(Err(Refusal::BadCredentials))));
    assert!(matches!(ask(Some("later"), true), Outcome::Pending(RequestId(3))));
    let adjourned = slow.0.lock().pop().unwrap();
    let diary = Arc::new(Diary::default());
    world.broker.observe(diary.clone());
    adjourned.answer(Verdict::Answer(Err(Refusal::Banned)));
    let told = world.post.0.lock().pop().unwrap();
    assert_eq!(told.0, seat);
    assert!(matches!(told.1, Notice::Reply(RequestId(3), Reply::Authenticated(Err(Refusal::Banned)))));
    assert_eq!(*diary.0.lock(), ["c proves itself: Some(Banned)"]);
    assert_eq!(world.broker.counters().refused_logins, 3, "two at once, one late");
}

#[test]
fn what_a_rule_was_asked_is_told() {
    let mut world = World::new(Limits::default());
    let diary = Arc::new(Diary::default());
    let client = world.open("c");
    world.broker.set_access(Vec::new(), vec![Arc::new(Rules)]);
    world.broker.observe(diary.clone());
    world.subscribe(&client, &[wants("other")]);
    world.publish(&client, &draft("secret")).unwrap_err();
    assert_eq!(*diary.0.lock(), ["c asks for other", "other allowed false", "secret allowed false"]);
}

#[test]
fn a_repeat_of_what_was_taken_is_answered_whatever_has_changed_since() {
    let mut world = World::new(Limits::default());
    let client = world.open("c");
    assert_eq!(world.publish_once(&client, &draft("secret"), Some(1)), Ok(0));
    world.broker.set_access(Vec::new(), vec![Arc::new(Rules)]);
    assert!(world.publish_once(&client, &draft("secret"), Some(1)).is_ok());
    let forgotten = world.broker.forget(&mut world.turn, &client.lease, 1, NOTHING);
    assert_eq!(forgotten.done(), Some(Ok(())));
    assert_eq!(world.publish_once(&client, &draft("secret"), Some(1)), Err(Refusal::NotAuthorized));
}
