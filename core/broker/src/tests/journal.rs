use super::*;

/// Writes down what it is given and commits when the test says so.
#[derive(Default)]
pub(super) struct Ledger {
    lines: Mutex<Vec<String>>,
    committed: Mutex<u64>,
    waiting: Mutex<Vec<(Position, Ticket, Reply)>>,
}

impl Ledger {
    pub(super) fn commit(&self, up_to: u64) {
        *self.committed.lock() = up_to;
        let mut waiting = self.waiting.lock();
        let due = waiting.extract_if(.., |(position, ..)| position.0 <= up_to).collect::<Vec<_>>();
        drop(waiting);
        due.into_iter().for_each(|(_, ticket, reply)| ticket.answer(reply));
    }

    pub(super) fn len(&self) -> u64 {
        self.lines.lock().len() as u64
    }

    pub(super) fn take(&self) -> Vec<String> {
        self.lines.lock().clone()
    }
}

fn line(record: &Record<'_>) -> String {
    match record {
        Record::Open { key, epoch, created, .. } => {
            format!("open {} {epoch} created={created}", key.client)
        }
        Record::Close { .. } => "close".into(),
        Record::Expire { .. } => "expire".into(),
        Record::Subscribe { filter, .. } => format!("subscribe {filter}"),
        Record::Unsubscribe { filter, .. } => format!("unsubscribe {filter}"),
        Record::Message { message, once, receivers, .. } => {
            format!("message {} once={once:?} to {}", message.topic(), receivers.len())
        }
        Record::Once { once, .. } => format!("once {once}"),
        Record::Forget { once, .. } => format!("forget {once}"),
        Record::Sent { handle, .. } => format!("sent {handle}"),
        Record::Settle { handle, held, .. } => format!("settle {handle} held={held}"),
        Record::Free { handle, .. } => format!("free {handle}"),
        Record::Retain { message } => format!("retain {}", message.topic()),
        Record::Attach { gateway, version, deltas, .. } => {
            format!("attach {gateway} {version} of {}", deltas.len())
        }
        Record::Transaction { parts, .. } => {
            let parts: Vec<_> = parts.iter().map(line).collect();
            format!("transaction: {}", parts.join(", "))
        }
        other => format!("{other:?}"),
    }
}

impl Journal for Ledger {
    fn keeps(&self) -> bool {
        true
    }

    fn write(&self, record: &Record<'_>) -> Position {
        let line = line(record);
        let mut lines = self.lines.lock();
        lines.push(line);
        Position(lines.len() as u64)
    }

    fn when_committed(&self, position: Position, ticket: Ticket, reply: Reply) -> Option<Reply> {
        if position.0 <= *self.committed.lock() {
            return Some(reply);
        }
        self.waiting.lock().push((position, ticket, reply));
        None
    }
}

pub(super) fn world() -> (World, Arc<Ledger>) {
    let ledger = Arc::new(Ledger::default());
    ledger.commit(u64::MAX);
    (World::with(Limits::default(), Alone, ledger.clone()), ledger)
}

#[test]
fn one_message_to_many_is_one_record_and_the_stream_is_in_order() {
    let (mut world, ledger) = world();
    let publisher = world.open("p");
    let passing = OpenOptions { expiry: Duration::ZERO, ..options("passing") };
    let passing = world.try_open(passing).unwrap();
    let (a, b) = (world.open("a"), world.open("b"));
    for client in [&a, &b, &passing] {
        world.subscribe(client, &[wants("t")]);
    }
    let exact = Draft { guarantee: Guarantee::ExactlyOnce, ..draft("t") };
    world.publish_once(&publisher, &exact, Some(9)).unwrap();
    let pulled = world.pull(&a);
    let handle = delivery(&pulled[0]).handle;
    world.settle(&a, handle, Settlement::Hold).unwrap();
    world.free(&a, handle).unwrap();
    world.broker.forget(&mut world.turn, &publisher.lease, 9, NOTHING).done().unwrap().unwrap();
    world.publish_once(&publisher, &Draft { topic: "nobody", ..exact }, Some(10)).unwrap();
    world.leave(&a, Detach::Lost).unwrap();
    assert_eq!(
        ledger.take(),
        [
            "open p 1 created=true",
            "open a 1 created=true",
            "open b 1 created=true",
            "subscribe t",
            "subscribe t",
            "message t once=Some(9) to 2",
            "sent 1",
            "settle 1 held=true",
            "free 1",
            "forget 9",
            "once 10",
            "close",
        ]
    );
}

#[test]
fn an_answer_waits_for_its_commit_and_only_if_something_must_survive() {
    let (mut world, ledger) = world();
    let publisher = world.open("p");
    let subscriber = world.open("s");
    world.subscribe(&subscriber, &[wants("kept")]);
    let passing = OpenOptions { expiry: Duration::ZERO, ..options("passing") };
    let passing = world.try_open(passing).unwrap();
    world.subscribe(&passing, &[wants("passing")]);
    ledger.commit(ledger.len());
    world.turn.seat = Some(publisher.seat);
    let mut publish = |topic, request| {
        world.broker.publish(&mut world.turn, &publisher.lease, &draft(topic), None, RequestId(request))
    };
    assert!(matches!(publish("passing", 1), Outcome::Done(Ok(_))));
    assert!(matches!(publish("nobody", 2), Outcome::Done(Ok(_))));
    assert!(matches!(publish("kept", 3), Outcome::Pending(RequestId(3))));
    assert!(world.post.0.lock().is_empty());
    ledger.commit(ledger.len());
    let told = world.post.0.lock().pop().unwrap();
    assert_eq!(told.0, publisher.seat);
    assert!(matches!(told.1, Notice::Reply(RequestId(3), Reply::Published(Ok(Published { receivers: 1 })))));
}

#[test]
fn an_open_waits_for_its_commit() {
    let (mut world, ledger) = world();
    ledger.commit(0);
    let seat = world.seat();
    let principal = PrincipalRef::new(Principal::default());
    let outcome = world.broker.open(&mut world.turn, &principal, options("c"), (seat, RequestId(1)));
    assert!(matches!(outcome, Outcome::Pending(RequestId(1))));
    ledger.commit(1);
    let told = world.post.0.lock().pop().unwrap();
    assert!(matches!(told.1, Notice::Reply(RequestId(1), Reply::Opened(Ok(_)))));
}
