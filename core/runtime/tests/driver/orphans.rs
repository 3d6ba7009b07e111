//! A session opened for a connection that is gone by then, with the real kernel.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tidegate_broker::{
    Alone, Broker, Notice, OpenOptions, Outcome, Principal, Protocol, Reply, RequestId, Seat, Switchboard,
    Tally, Turn, Verbs,
};
use tidegate_runtime::{Exchange, Host, Runtime};
use tidegate_types::{ClientId, Limits, Moment};

use super::stage::{DEADLINE, loopback, workers};

struct Kernel(Arc<Broker<Alone>>);

impl Host for Kernel {
    fn verbs(&self) -> &dyn Verbs {
        &*self.0
    }

    fn count(&self, tally: Tally) {
        self.0.count(tally);
    }

    fn tick(&self, turn: &mut Turn) -> Option<Instant> {
        self.0.tick(turn)
    }
}

static PROTOCOL: Protocol = Protocol { gateway: "test", name: "test" };

#[test]
fn a_session_opened_for_nobody_is_left_again() {
    let config = workers(1);
    let exchange = Arc::new(Exchange::new(&config));
    let broker = Arc::new(Broker::new(Limits::default(), exchange.clone()));
    let host = Arc::new(Kernel(Arc::clone(&broker)));
    let _runtime = Runtime::start(config, exchange.clone(), host).unwrap();
    let seat = Seat { worker: 0, generation: 7, slot: 3 };
    let (realm, client) = (broker.realm("test"), ClientId::new("late"));
    let options = OpenOptions {
        realm,
        client: client.clone(),
        clean: true,
        expiry: Duration::ZERO,
        credit: 10,
        handles: 10,
        will: None,
        protocol: &PROTOCOL,
        remote: loopback(),
    };
    let mut turn = Turn::new(Moment { at: Instant::now(), wall: SystemTime::now() });
    let request = RequestId(1);
    let outcome = broker.open(&mut turn, &Arc::new(Principal::default()), options, (seat, request));
    let Outcome::Done(Ok(opened)) = outcome else { panic!("the memory journal answers at once") };
    assert!(broker.client(realm, &client).is_some());
    exchange.notify(seat, Notice::Reply(request, Reply::Opened(Ok(opened))));
    let end = Instant::now() + DEADLINE;
    while broker.client(realm, &client).is_some() {
        assert!(Instant::now() < end, "the session still has a connection that does not exist");
        std::thread::yield_now();
    }
}
