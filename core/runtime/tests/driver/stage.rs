//! A running runtime and its clients.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use tidegate_broker::Seat;
use tidegate_gateway::{Accepted, Gateway, Listener, ListenerConfig};
use tidegate_runtime::{Exchange, Runtime, RuntimeConfig, TurnedAway};
use tidegate_types::CloseReason;

use super::echo::{ECHO, Echo, Happened, frame};
use super::nobody::Nobody;

/// Far more than anything here takes; only a failure waits so long.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Stage {
    pub(crate) runtime: Runtime,
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) host: Arc<Nobody>,
    pub(crate) echo: Arc<Echo>,
    pub(crate) happened: Receiver<Happened>,
    pub(crate) address: SocketAddr,
}

pub(crate) fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

pub(crate) fn listener(name: &str, bind: &[SocketAddr], max_connections: u32) -> Listener {
    let bind = match bind {
        [one] => one.to_string(),
        _ => "localhost:0".to_owned(),
    };
    let bind = bind.parse().unwrap();
    Listener {
        name: Arc::from(name),
        config: ListenerConfig { bind, max_connections, ..ListenerConfig::default() },
    }
}

pub(crate) fn workers(count: usize) -> RuntimeConfig {
    RuntimeConfig { workers: NonZeroUsize::new(count), ..RuntimeConfig::default() }
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with(workers(1), 100_000)
    }

    pub(crate) fn with(config: RuntimeConfig, max_connections: u32) -> Self {
        Self::of(config, Nobody::default(), listener("tcp", &[loopback()], max_connections))
    }

    /// A stage of one worker whose listener is as `change` makes it.
    pub(crate) fn listening(change: impl FnOnce(&mut ListenerConfig)) -> Self {
        let mut listener = listener("tcp", &[loopback()], 100);
        change(&mut listener.config);
        Self::of(workers(1), Nobody::default(), listener)
    }

    pub(crate) fn of(config: RuntimeConfig, host: Nobody, listener: Listener) -> Self {
        let exchange = Arc::new(Exchange::new(&config));
        let host = Arc::new(host);
        let dyn_host = Arc::clone(&host) as Arc<dyn tidegate_runtime::Host>;
        let runtime = Runtime::start(config, Arc::clone(&exchange), dyn_host).unwrap();
        let (echo, happened) = Echo::new("echo", vec![listener]);
        let bound = runtime.apply(&(Arc::clone(&echo) as Arc<dyn Gateway>)).unwrap();
        let address = bound[0].local;
        Self { runtime, exchange, host, echo, happened, address }
    }

    pub(crate) fn connect(&self) -> Client {
        Client::to(self.address)
    }

    /// Changes what the listener is told.
    pub(crate) fn change(&self, change: impl FnOnce(&mut ListenerConfig)) {
        change(&mut self.echo.listeners.lock()[0].config);
        self.apply().unwrap();
    }

    /// How many were turned away for this reason.
    pub(crate) fn turned_away(&self, why: TurnedAway) -> u64 {
        self.runtime.listeners()[0].counts.turned_away(why)
    }

    /// The last peer that came.
    pub(crate) fn last(&self) -> Accepted {
        self.echo.last.lock().clone().unwrap()
    }

    pub(crate) fn apply(&self) -> Result<Vec<tidegate_runtime::Bound>, Vec<tidegate_runtime::BindError>> {
        self.runtime.apply(&(Arc::clone(&self.echo) as Arc<dyn Gateway>))
    }

    pub(crate) fn next(&self) -> Happened {
        self.happened.recv_timeout(DEADLINE).unwrap()
    }

    pub(crate) fn came(&self) -> Seat {
        match self.next() {
            Happened::Came(seat) => seat,
            other => panic!("{other:?} instead of a new peer"),
        }
    }

    pub(crate) fn closed(&self) -> CloseReason {
        match self.next() {
            Happened::Closed(why) => why,
            other => panic!("{other:?} instead of an end"),
        }
    }

    /// Waits for a state that nothing tells of.
    pub(crate) fn until(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let end = std::time::Instant::now() + DEADLINE;
        while !is_so(self) {
            assert!(std::time::Instant::now() < end, "waited in vain for {what}");
            std::thread::yield_now();
        }
    }
}

/// A client over TCP, or over whatever reads and writes.
pub(crate) struct Client<S = TcpStream>(pub(crate) S);

/// A connected socket that waits for anything long enough.
pub(crate) fn socket(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.set_write_timeout(Some(DEADLINE)).unwrap();
    stream
}

impl Client {
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self(socket(address))
    }
}

impl<S: Read + Write> Client<S> {
    pub(crate) fn send(&mut self, command: u8, content: &[u8]) {
        self.0.write_all(&frame(command, content)).unwrap();
    }

    pub(crate) fn expect(&mut self, command: u8, content: &[u8]) {
        let mut head = [0; 5];
        self.0.read_exact(&mut head).unwrap();
        let length = u32::from_be_bytes(head[..4].try_into().unwrap()) as usize - 1;
        let mut got = vec![0; length];
        self.0.read_exact(&mut got).unwrap();
        assert_eq!((head[4], length), (command, content.len()));
        assert!(got == content, "another content came back");
    }

    pub(crate) fn echoes(&mut self, content: &[u8]) {
        self.send(ECHO, content);
        self.expect(ECHO, content);
    }

    /// Waits for the other side's end of the stream, or its reset.
    pub(crate) fn expect_end(&mut self) {
        let mut rest = Vec::new();
        match self.0.read_to_end(&mut rest) {
            Ok(_) => assert!(rest.is_empty(), "{} bytes before the end", rest.len()),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}"),
        }
    }
}
