//! What has to be said before a peer is one: PROXY header, TLS handshake, WebSocket handshake, in this order and each
//! only where the listener wants it, all within one time and one number of bytes.
//!
//! ```text
//! Proxy ──header──▶ Tls ──finished──▶ Upgrade ──101──▶ Ready
//!   └── any of them: malformed, not let in, too slow, too long ──▶ refused, counted by its reason
//! ```

mod proxy;
mod steps;

use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use tidegate_broker::Seat;
use tidegate_types::Certificate;
use tokio::net::TcpStream;

use crate::connection::{Charge, Fault, Layers, poll_read};
use crate::entrance::{Guest, Settings, TurnedAway};
use crate::host::Host;
use crate::worker::usher::Usher;

/// One read of a greeting takes this much at most.
const READ: usize = 16 << 10;

/// All that a greeting may have, certificates of clients included.
const MOST: usize = 256 << 10;

/// How far a peer has come.
pub(crate) struct Greeting {
    step: Step,
    pub(crate) deadline: Instant,
    remote: SocketAddr,
    local: SocketAddr,
    /// Whether its address was found good.
    admitted: bool,
    received: usize,
    /// A PROXY header or a request that is not whole.
    bytes: Vec<u8>,
    /// What the peer sent to its gateway without waiting.
    early: Vec<u8>,
    /// What a proxy says of the client.
    certificate: Option<Arc<Certificate>>,
    /// Whether it waits to be called for a step that costs much.
    pub(crate) waits: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step {
    Proxy,
    Tls,
    Upgrade,
    Ready,
}

/// A peer that is ready.
pub(crate) struct Welcome {
    pub(crate) remote: SocketAddr,
    pub(crate) local: SocketAddr,
    pub(crate) certificate: Option<Arc<Certificate>>,
    pub(crate) early: Vec<u8>,
}

/// A peer that is not let in.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) why: TurnedAway,
    /// More of it, for the log.
    pub(crate) said: Option<String>,
    /// Whether it is told, so that the socket must not be closed at once.
    pub(crate) is_told: bool,
}

impl From<TurnedAway> for Refused {
    fn from(why: TurnedAway) -> Self {
        Self { why, said: None, is_told: false }
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Lost | Fault::Ended => TurnedAway::Left.into(),
            Fault::NoRoom => TurnedAway::NoRoom.into(),
            Fault::Broken(said) => Self { why: TurnedAway::Tls, said: Some(said), is_told: true },
        }
    }
}

impl Refused {
    fn told(why: TurnedAway, said: &impl ToString) -> Self {
        Self { why, said: Some(said.to_string()), is_told: true }
    }
}

/// What a greeting needs of its surroundings.
pub(crate) struct Porter<'a> {
    pub(crate) guest: &'a mut Guest,
    pub(crate) seat: Seat,
    pub(crate) usher: &'a mut Usher,
    pub(crate) host: &'a dyn Host,
    pub(crate) now: Instant,
}

/// What lies over the socket of a peer that has just come; `None` when that is ready as it is.
pub(crate) fn layers(
    settings: &Settings,
    guest: &Guest,
    (remote, local): (SocketAddr, SocketAddr),
    now: Instant,
) -> Result<Option<Box<Layers>>, Refused> {
    let config = &settings.listener.config;
    let step = match config.transport {
        _ if config.proxy_protocol => Step::Proxy,
        transport if transport.is_tls() => Step::Tls,
        transport if transport.is_websocket() => Step::Upgrade,
        _ => return Ok(None),
    };
    let tls = match &settings.tls {
        Some(acceptor) if config.transport.is_tls() => {
            Some(acceptor.accept().map_err(|alert| Refused::told(TurnedAway::Tls, &alert))?)
        }
        _ if config.transport.is_tls() => return Err(TurnedAway::Tls.into()),
        _ => None,
    };
    let greeting = Greeting {
        step,
        deadline: now + config.handshake_timeout.get(),
        remote,
        local,
        admitted: !settings.is_named_later(remote.ip()),
        received: 0,
        bytes: Vec::new(),
        early: Vec::new(),
        certificate: None,
        waits: false,
    };
    let charge = Charge::new(Arc::clone(guest.entrance().strangers()));
    Ok(Some(Box::new(Layers::new(greeting, tls, charge))))
}

impl Greeting {
    /// Bytes kept.
    pub(crate) fn held(&self) -> usize {
        self.bytes.capacity().saturating_add(self.early.capacity())
    }

    /// Waits until something has come, and then until it is this greeting's turn to have a step of a handshake
    /// computed.
    fn wait_for_turn(
        &mut self,
        (socket, cx): (&mut TcpStream, &mut Context<'_>),
        porter: &mut Porter<'_>,
    ) -> Poll<Result<(), Refused>> {
        if !self.waits && std::task::ready!(socket.poll_read_ready(cx)).is_err() {
            return Poll::Ready(Err(TurnedAway::Left.into()));
        }
        let may = porter.usher.may_go(porter.seat, &mut self.waits);
        if may { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}

impl Layers {
    /// Goes on with the greeting.
    pub(crate) fn greet(
        &mut self,
        socket: &mut TcpStream,
        cx: &mut Context<'_>,
        wire: &mut [u8],
        porter: &mut Porter<'_>,
    ) -> Poll<Result<Welcome, Refused>> {
        let Some(mut greeting) = self.greeting.take() else {
            return Poll::Ready(Err(TurnedAway::Left.into()));
        };
        let result = self.go_on(&mut greeting, (socket, cx), wire, porter);
        if result.is_pending() {
            self.greeting = Some(greeting);
            self.count_held()?;
            return Poll::Pending;
        }
        std::task::ready!(result)?;
        self.count_with_clients(porter.guest.entrance().input())?;
        let shown = self.tls.as_ref().and_then(tidegate_tls::Session::peer_certificate);
        let Greeting { remote, local, certificate, early, .. } = *greeting;
        Poll::Ready(Ok(Welcome { remote, local, certificate: shown.or(certificate), early }))
    }

    fn go_on(
        &mut self,
        greeting: &mut Greeting,
        (socket, cx): (&mut TcpStream, &mut Context<'_>),
        wire: &mut [u8],
        porter: &mut Porter<'_>,
    ) -> Poll<Result<(), Refused>> {
        if greeting.deadline <= porter.now {
            return Poll::Ready(Err(TurnedAway::TooSlow.into()));
        }
        self.unwritten.flush(socket, cx)?;
        let wire = wire.get_mut(..READ).unwrap_or_default();
        let mut sealed = Vec::new();
        while greeting.step != Step::Ready {
            if self.tls.is_some() {
                std::task::ready!(greeting.wait_for_turn((socket, cx), porter))?;
            }
            let read = std::task::ready!(poll_read(socket, cx, wire))?;
            greeting.received = greeting.received.saturating_add(read);
            if read == 0 {
                return Poll::Ready(Err(TurnedAway::Left.into()));
            }
            if greeting.received > MOST {
                return Poll::Ready(Err(TurnedAway::TooLong.into()));
            }
            let new = wire.get_mut(..read).unwrap_or_default();
            let result = self.take(greeting, new, &mut sealed, porter);
            self.unwritten.send(socket, cx, &sealed)?;
            sealed.clear();
            result?;
            // Its end came in the middle of the greeting; behind it, the next read will say so.
            if greeting.step != Step::Ready
                && let Some(fault) = self.fault.take()
            {
                return Poll::Ready(Err(fault.into()));
            }
        }
        Poll::Ready(Ok(()))
    }
}
