//! Peers come in.

mod door;

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::bind::BoundSocket;
use crate::complaint::Complaint;
use crate::entrance::{Entrance, Guest, Origin, TurnedAway};
use crate::inbox::Letter;
use crate::platform::{INHERITS_OPTIONS, Reserve, is_out_of_descriptors};
use crate::worker::{Worker, spawn, with_worker};
use door::Door;

/// Peers accepted in a row before the connections get their turns.
const BURST: usize = 64;

/// After an error that is not one peer's, nobody is accepted for this long.
const PAUSE: Duration = Duration::from_millis(100);

/// A listener that accepts slowly looks this often whether it may accept faster now.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

type Socket = Arc<Mutex<Option<Door>>>;

/// The listening sockets of the worker that accepts.
#[derive(Default)]
pub(crate) struct Sockets {
    open: HashMap<u32, OpenSocket>,
}

struct OpenSocket {
    socket: Socket,
    entrance: Arc<Entrance>,
    task: tokio::task::JoinHandle<()>,
}

impl Sockets {
    pub(crate) fn listen(&mut self, socket: BoundSocket, entrance: Arc<Entrance>, number: u32) {
        match Door::open(socket) {
            Ok(door) => {
                let socket = Arc::new(Mutex::new(Some(door)));
                let task = spawn(Accepting::new(Arc::clone(&socket), Arc::clone(&entrance)));
                self.open.insert(number, OpenSocket { socket, entrance, task });
            }
            Err(error) => tracing::error!(%error, "a listener cannot be watched and stays closed"),
        }
    }

    /// Sets the options that the listener has now: peers accepted from now on have them.
    pub(crate) fn retune(&self, number: u32) {
        let Some(open) = self.open.get(&number) else { return };
        let Some(result) =
            open.socket.lock().as_ref().map(|door| open.entrance.config(|config| door.tune(config)))
        else {
            return;
        };
        if let Err(error) = result {
            tracing::warn!(%error, "a listener's socket does not take its options");
        }
    }

    /// Closes a socket; when `done` hears of it, the address is free and nobody else comes through it.
    pub(crate) fn unlisten(&mut self, number: u32, done: &SyncSender<()>) {
        if let Some(open) = self.open.remove(&number) {
            drop(open.socket.lock().take());
            open.task.abort();
        }
        // Whoever asked may have stopped waiting.
        done.try_send(()).ok();
    }
}

/// One accept loop.
struct Accepting {
    socket: Socket,
    entrance: Arc<Entrance>,
    /// Where guests come from whose address need not be known.
    somewhere: Arc<Origin>,
    reserve: Reserve,
    pause: Option<Pin<Box<Sleep>>>,
    complaint: Complaint,
}

impl Accepting {
    fn new(socket: Socket, entrance: Arc<Entrance>) -> Self {
        let somewhere = Origin::unknown(Arc::clone(&entrance));
        let (reserve, complaint) = (Reserve::new(), Complaint::default());
        Self { socket, entrance, somewhere, reserve, pause: None, complaint }
    }

    fn accept(&self, cx: &mut Context<'_>) -> Poll<Option<io::Result<(TcpStream, SocketAddr)>>> {
        match self.socket.lock().as_ref() {
            Some(door) => door.poll_accept(cx).map(Some),
            None => Poll::Ready(None),
        }
    }

    fn welcome(&mut self, worker: &mut Worker, stream: TcpStream, remote: SocketAddr) {
        self.entrance.count_arrival(worker.bench.turn.now.at);
        match self.entrance.admit(&self.somewhere, remote.ip(), &*worker.bench.host) {
            Ok(guest) => {
                if let Err(error) = seat(worker, stream, remote, guest) {
                    tracing::debug!(%remote, %error, "connection ended while it was accepted");
                }
            }
            Err(why) => self.refuse(Some(remote), why),
        }
    }

    fn refuse(&mut self, remote: Option<SocketAddr>, why: TurnedAway) {
        self.entrance.count_refused(why);
        self.complaint.say(|others| {
            let listener = self.entrance.settings(|settings| settings.listener.name.clone());
            let remote = remote.map(tracing::field::display);
            tracing::warn!(%listener, remote, others, reason = %why, "connection refused");
        });
    }

    /// No descriptor is left: lets the next peer in on the reserved one and closes it at once.
    fn turn_away(&mut self, cx: &mut Context<'_>) {
        let had_one = self.reserve.release();
        let accepted = if had_one { self.accept(cx) } else { Poll::Pending };
        let remote = match accepted {
            Poll::Ready(Some(Ok((_closed_here, remote)))) => Some(remote),
            _ => None,
        };
        self.reserve.restore();
        match remote {
            Some(remote) => self.refuse(Some(remote), TurnedAway::NoDescriptor),
            None => self.wait(PAUSE),
        }
    }

    fn wait(&mut self, time: Duration) {
        self.pause = Some(Box::pin(tokio::time::sleep(time)));
    }

    fn is_waiting(&mut self, cx: &mut Context<'_>) -> bool {
        let mut waiting = |pause: &mut Pin<Box<Sleep>>| pause.as_mut().poll(cx).is_pending();
        if self.pause.as_mut().is_some_and(&mut waiting) {
            return true;
        }
        if self.pause.take().is_some() {
            self.reserve.restore();
        }
        // So many came lately that the next waits in the system's backlog.
        let Some(time) = self.entrance.throttle(Instant::now()) else { return false };
        self.wait(time.min(LONGEST_PAUSE));
        self.pause.as_mut().is_some_and(waiting)
    }

    fn handle_error(&mut self, cx: &mut Context<'_>, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
        if is_out_of_descriptors(error) {
            self.turn_away(cx);
        } else if !matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted) {
            self.complaint.say(|others| tracing::warn!(%error, others, "accepting failed; trying again"));
            self.wait(PAUSE);
        }
    }
}

/// Seats a peer at the first worker that has room.
fn seat(worker: &mut Worker, stream: TcpStream, remote: SocketAddr, guest: Guest) -> io::Result<()> {
    if !INHERITS_OPTIONS {
        guest.entrance().config(|config| door::tune_accepted(&stream, config))?;
    }
    let to = worker.exchange.with_room(thousandths(worker.config.balance.open_next_at));
    if to == worker.number {
        worker.seat(stream, remote, guest);
    } else {
        worker.write(to, Letter::Accepted(stream.into_std()?, remote, guest));
    }
    Ok(())
}

/// A share as the exchange keeps it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share between 0 and 1, from the configuration"
)]
pub(crate) fn thousandths(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * 1000.0) as u32
}

impl Future for Accepting {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        for _ in 0..BURST {
            if this.is_waiting(cx) {
                return Poll::Pending;
            }
            match this.accept(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(()),
                Poll::Ready(Some(Err(error))) => this.handle_error(cx, &error),
                Poll::Ready(Some(Ok((stream, remote)))) => {
                    let welcomed = with_worker(|worker| {
                        worker.begin_turn(None);
                        this.welcome(worker, stream, remote);
                        worker.end_turn(None, 0);
                    });
                    if welcomed.is_none() {
                        return Poll::Ready(());
                    }
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
