//! How a worker is told something by another thread.

use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, OnceLock};
use std::task::Waker;

use parking_lot::Mutex;
use tidegate_broker::{Notice, Seat};
use tidegate_gateway::Peer;
use tidegate_types::CloseReason;

use crate::bind::BoundSocket;
use crate::connection::{Backlog, Layers};
use crate::entrance::{Entrance, Guest};

/// A message for a worker.
pub(crate) enum Letter {
    /// For whoever sits there.
    Notice(Seat, Notice),
    /// A peer was accepted elsewhere and is to sit here.
    Accepted(TcpStream, SocketAddr, Guest),
    /// A connection moves here.
    Arrival(Box<Transfer>),
    /// The connection that left the first seat sits at the second now.
    Arrived(Seat, Seat),
    /// The connection that once left this seat is gone: nothing is to be forwarded any more.
    Forget(Seat),
    /// Start counting how busy each connection is.
    Watch,
    /// Give away the busiest connections, about this share of all turns (in thousandths), at most so many.
    Shed { to: u16, share: u32, most: usize },
    /// Close this many connections of a listener (any, when `None`), going on where the last such letter ended.
    Close { entrance: Option<u32>, most: usize, why: CloseReason },
    /// Accept on this socket.
    Listen(BoundSocket, Arc<Entrance>, u32),
    /// The listener of this socket has other options now.
    Retune(u32),
    /// Close the listening socket of this number and say so.
    Unlisten(u32, std::sync::mpsc::SyncSender<()>),
    /// End the thread.
    Stop,
}

/// A connection between two workers.
pub(crate) struct Transfer {
    pub(crate) socket: TcpStream,
    pub(crate) layers: Option<Box<Layers>>,
    pub(crate) peer: Box<dyn Peer>,
    pub(crate) backlog: Option<Box<Backlog>>,
    pub(crate) guest: Guest,
    pub(crate) left: Seat,
    pub(crate) hops: u8,
}

/// One worker's letters.
///
/// It needs no bound of its own, because each sender is bounded: a session wakes its seat once until it is pulled,
/// a channel has a bounded number of answers owed to it, a worker is asked to give connections away once at a time, and
/// the other letters come from the accept loop (bounded by the connection limit) and from changes of listeners.
#[derive(Default)]
pub(crate) struct Inbox {
    letters: Mutex<Vec<Letter>>,
    reader: OnceLock<Waker>,
}

impl Inbox {
    /// Puts letters in. The reader is woken when there were none: if there were, it is on its way already.
    pub(crate) fn post(&self, letters: impl IntoIterator<Item = Letter>) {
        let mut held = self.letters.lock();
        let was_empty = held.is_empty();
        held.extend(letters);
        let wake = was_empty && !held.is_empty();
        drop(held);
        if wake && let Some(reader) = self.reader.get() {
            reader.wake_by_ref();
        }
    }

    /// Takes all letters into `into`, which must be empty.
    pub(crate) fn take(&self, into: &mut Vec<Letter>) {
        std::mem::swap(&mut *self.letters.lock(), into);
    }

    /// Says whom to wake; the first one counts.
    pub(crate) fn read_by(&self, waker: &Waker) {
        self.reader.get_or_init(|| waker.clone());
    }

    /// Wakes the reader though no letter came.
    pub(crate) fn wake(&self) {
        if let Some(reader) = self.reader.get() {
            reader.wake_by_ref();
        }
    }
}
