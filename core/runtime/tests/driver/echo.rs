//! A protocol of ten lines: four bytes of length, big-endian, then a command and its content. Every frame is
//! answered with itself, after whatever its first byte asks for.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tidegate_broker::{Notice, Seat, Verbs};
use tidegate_gateway::{Accepted, Gateway, Lent, Listener, Peer, Progress};
use tidegate_types::CloseReason;

/// Answered with itself.
pub(crate) const ECHO: u8 = b'e';
/// Says `bye` and finishes.
pub(crate) const FINISH: u8 = b'f';
/// Blocks the peer until a notice comes; echoed then.
pub(crate) const BLOCK: u8 = b'b';
/// As [`ECHO`], with the content sent as one shared piece.
pub(crate) const SHARED: u8 = b's';
/// Slows the peer for the milliseconds in its content.
pub(crate) const SLOW: u8 = b'w';
/// Sets a timeout in that many milliseconds, after which `time` is sent.
pub(crate) const TIMER: u8 = b't';
/// Sends that many megabytes by pulling.
pub(crate) const FLOOD: u8 = b'l';
/// Answered with how many bytes were announced as progress since the last frame.
pub(crate) const GREW: u8 = b'g';
/// Costs that many units of work; answered with what the turn had cost before.
pub(crate) const WORK: u8 = b'k';
/// Tells of it, and holds the worker until [`Echo::gate`] is free.
pub(crate) const HOLD: u8 = b'h';
/// Panics.
pub(crate) const PANIC: u8 = b'p';

/// What happened to a peer.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Happened {
    Came(Seat),
    Closed(CloseReason),
    Reseated(Seat),
    Holds,
}

/// A gateway of echo peers that tells what happens to them.
pub(crate) struct Echo {
    pub(crate) name: &'static str,
    pub(crate) listeners: Mutex<Vec<Listener>>,
    /// The last peer that came.
    pub(crate) last: Mutex<Option<Accepted>>,
    /// See [`HOLD`].
    pub(crate) gate: Arc<Mutex<()>>,
    events: SyncSender<Happened>,
}

impl Echo {
    pub(crate) fn new(name: &'static str, listeners: Vec<Listener>) -> (Arc<Self>, Receiver<Happened>) {
        let (events, happened) = sync_channel(1 << 20);
        (
            Arc::new(Self {
                name,
                listeners: Mutex::new(listeners),
                last: Mutex::default(),
                gate: Arc::default(),
                events,
            }),
            happened,
        )
    }
}

impl Gateway for Echo {
    fn name(&self) -> &'static str {
        self.name
    }

    fn listeners(&self) -> Vec<Listener> {
        self.listeners.lock().clone()
    }

    fn subprotocols(&self) -> &'static [&'static str] {
        &["echo"]
    }

    fn accept(&self, peer: Accepted) -> Box<dyn Peer> {
        *self.last.lock() = Some(peer.clone());
        self.events.try_send(Happened::Came(peer.seat)).unwrap();
        Box::new(EchoPeer {
            seat: peer.seat,
            events: self.events.clone(),
            gate: Arc::clone(&self.gate),
            blocked: None,
            finished: false,
            timeout: None,
            flood: 0,
            grew: 0,
        })
    }
}

struct EchoPeer {
    seat: Seat,
    events: SyncSender<Happened>,
    gate: Arc<Mutex<()>>,
    blocked: Option<Vec<u8>>,
    finished: bool,
    timeout: Option<Instant>,
    flood: usize,
    grew: u64,
}

/// A frame with a command and content.
pub(crate) fn frame(command: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 1).unwrap();
    let mut frame = length.to_be_bytes().to_vec();
    frame.push(command);
    frame.extend_from_slice(content);
    frame
}

impl EchoPeer {
    fn handle(&mut self, lent: &mut Lent<'_>, body: &[u8]) {
        let (command, content) = (body[0], &body[1..]);
        let number = || std::str::from_utf8(content).unwrap().parse::<u64>().unwrap();
        match command {
            FINISH => {
                lent.out.buffer().extend_from_slice(&frame(ECHO, b"bye"));
                self.finished = true;
            }
            BLOCK => self.blocked = Some(content.to_vec()),
            SHARED => {
                lent.out.buffer().extend_from_slice(&frame(SHARED, content)[..5]);
                lent.out.push_shared(&Arc::from(content));
            }
            SLOW => lent.turn.slowed_until = Some(lent.turn.now.at + Duration::from_millis(number())),
            TIMER => self.timeout = Some(lent.turn.now.at + Duration::from_millis(number())),
            FLOOD => self.flood += usize::try_from(number()).unwrap() << 20,
            GREW => {
                let grew = std::mem::take(&mut self.grew);
                lent.out.buffer().extend_from_slice(&frame(GREW, &grew.to_be_bytes()));
            }
            WORK => {
                let before = lent.turn.work.to_string();
                lent.turn.work += usize::try_from(number()).unwrap();
                lent.out.buffer().extend_from_slice(&frame(WORK, before.as_bytes()));
            }
            HOLD => {
                self.events.try_send(Happened::Holds).unwrap();
                drop(self.gate.lock());
            }
            PANIC => panic!("this peer was asked to"),
            _ => {
                lent.turn.tally.published += 1;
                lent.out.buffer().extend_from_slice(&frame(command, content));
            }
        }
    }
}

impl Peer for EchoPeer {
    fn receive(&mut self, lent: &mut Lent<'_>, bytes: &[u8]) -> Progress {
        assert_eq!(lent.turn.seat, Some(self.seat));
        let mut used = 0;
        while !self.is_blocked() && !self.finished && !lent.turn.has_done_much() {
            let rest = &bytes[used..];
            if rest.len() < 4 {
                return Progress { used, need: 4 };
            }
            let need = 4 + u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
            if rest.len() < need {
                return Progress { used, need };
            }
            self.handle(lent, &rest[4..need]);
            used += need;
        }
        Progress { used, need: 1 }
    }

    fn progress(&mut self, lent: &mut Lent<'_>, bytes: usize) {
        assert_eq!(lent.turn.seat, Some(self.seat));
        self.grew += u64::try_from(bytes).unwrap();
    }

    fn notice(&mut self, lent: &mut Lent<'_>, notice: Notice) {
        match notice {
            Notice::Close(why) => self.close(lent, why),
            Notice::Reply(..) => {
                let content = self.blocked.take().unwrap_or_default();
                lent.out.buffer().extend_from_slice(&frame(BLOCK, &content));
            }
            Notice::Wake | Notice::Resume => {}
        }
    }

    fn pull(&mut self, lent: &mut Lent<'_>) {
        assert_eq!(lent.turn.seat, Some(self.seat));
        while self.flood > 0 && !lent.out.is_full() {
            let piece = [b'.'; 1024];
            lent.out.buffer().extend_from_slice(&piece);
            self.flood -= piece.len();
        }
    }

    fn timeout(&mut self, lent: &mut Lent<'_>) {
        self.timeout = None;
        lent.out.buffer().extend_from_slice(&frame(TIMER, b"time"));
    }

    fn close(&mut self, lent: &mut Lent<'_>, why: CloseReason) {
        lent.out.buffer().extend_from_slice(&frame(ECHO, why.to_string().as_bytes()));
        self.finished = true;
        self.events.try_send(Happened::Closed(why)).unwrap();
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.timeout
    }

    fn is_blocked(&self) -> bool {
        self.blocked.is_some()
    }

    fn is_finished(&self) -> bool {
        self.finished
    }

    fn reseat(&mut self, _verbs: &dyn Verbs, seat: Seat) {
        self.seat = seat;
        self.events.try_send(Happened::Reseated(seat)).unwrap();
    }
}
