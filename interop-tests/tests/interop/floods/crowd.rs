//! Thousands of clients that log in at once, in one thread.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Socket, Type};
use tidegate_interop_tests::wire::encode::Connect;

use crate::interop::stage::DEADLINE;

/// One login of a crowd.
#[derive(Debug)]
pub(super) struct Login<'a> {
    pub(super) connect: Connect<'a>,
    /// From 127.0.0.`address`.
    pub(super) address: u8,
    /// What kind of login it is, to count it under.
    pub(super) kind: &'static str,
}

/// How often which kind of login ended with which code; without one it was closed without a word.
pub(super) type Tally = BTreeMap<(&'static str, Option<u8>), usize>;

struct Peer {
    stream: TcpStream,
    unsent: Vec<u8>,
    heard: Vec<u8>,
    kind: &'static str,
}

/// Logs in everybody, `at_once` at a time; `after` is told after every login how many are through.
pub(super) fn log_in<'a>(
    address: SocketAddr,
    logins: impl Iterator<Item = Login<'a>>,
    at_once: usize,
    mut after: impl FnMut(usize),
) -> Tally {
    let mut logins = logins.fuse();
    let mut poll = Poll::new().unwrap();
    let mut events = Events::with_capacity(4_096);
    let mut peers: Vec<Option<Peer>> = Vec::new();
    let (mut tally, mut through, mut inside) = (Tally::new(), 0, 0);
    for login in logins.by_ref().take(at_once) {
        peers.push(Some(begin(&poll, Token(peers.len()), address, &login)));
        inside += 1;
    }
    let deadline = Instant::now() + DEADLINE;
    while inside > 0 {
        assert!(Instant::now() < deadline, "{inside} have no answer; so far {tally:?}");
        poll.poll(&mut events, Some(Duration::from_secs(1))).unwrap();
        for event in &events {
            let place = &mut peers[event.token().0];
            let Some(told) = place.as_mut().and_then(Peer::go_on) else { continue };
            if let Some(peer) = place.take() {
                *tally.entry((peer.kind, told)).or_default() += 1;
            }
            inside -= 1;
            through += 1;
            after(through);
            if let Some(login) = logins.next() {
                *place = Some(begin(&poll, event.token(), address, &login));
                inside += 1;
            }
        }
    }
    tally
}

fn begin(poll: &Poll, token: Token, address: SocketAddr, login: &Login<'_>) -> Peer {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let source = IpAddr::V4(Ipv4Addr::new(127, 0, 0, login.address));
    socket.bind(&SocketAddr::from((source, 0)).into()).unwrap();
    socket.set_nonblocking(true).unwrap();
    // On loopback it is there at once or on its way.
    drop(socket.connect(&address.into()));
    let mut stream = TcpStream::from_std(socket.into());
    poll.registry().register(&mut stream, token, Interest::READABLE | Interest::WRITABLE).unwrap();
    let mut unsent = Vec::new();
    login.connect.put(&mut unsent);
    Peer { stream, unsent, heard: Vec::new(), kind: login.kind }
}

impl Peer {
    /// `Some` once it knows: the code of its CONNACK, or none.
    fn go_on(&mut self) -> Option<Option<u8>> {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(sent) => drop(self.unsent.drain(..sent)),
                Err(error) if is_early(&error) => return None,
                Err(_) => return Some(None),
            }
        }
        loop {
            let mut chunk = [0; 256];
            match self.stream.read(&mut chunk) {
                Ok(0) => return Some(None),
                Ok(read) => self.heard.extend_from_slice(&chunk[..read]),
                Err(error) if is_early(&error) => return None,
                Err(_) => return Some(None),
            }
            if let [0x20, _, _, code, ..] = self.heard.as_slice() {
                return Some(Some(*code));
            }
        }
    }
}

fn is_early(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::NotConnected | io::ErrorKind::Interrupted
    )
}
