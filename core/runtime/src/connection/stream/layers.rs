//! What lies over a socket.

use std::sync::Arc;
use std::task::Context;
use std::time::Instant;

use tidegate_tls::Session;
use tidegate_types::{CloseReason, Refusal};
use tokio::net::TcpStream;
use websocket_codec::CloseCode;

use super::{Fault, Frames, Scratch, Unwritten};
use crate::connection::kept::{Charge, InputBudget};
use crate::greeting::Greeting;

/// TLS, a WebSocket in it, and before either is ready the greeting. While nothing is under way it holds keys and
/// counters, and no byte of what comes or goes.
pub(crate) struct Layers {
    /// Until the peer is ready.
    pub(crate) greeting: Option<Box<Greeting>>,
    pub(crate) tls: Option<Session>,
    pub(crate) frames: Option<Box<Frames>>,
    /// What is sealed and the socket did not take. Nothing is sealed while there is any, but answers of the layers.
    pub(crate) unwritten: Unwritten,
    /// For what is kept of records and handshakes that are not whole.
    pub(super) charge: Charge,
    /// What the next read will say.
    pub(crate) fault: Option<Fault>,
}

impl Layers {
    /// What a peer that has just come has over its socket.
    pub(crate) fn new(greeting: Greeting, tls: Option<Session>, charge: Charge) -> Self {
        let (greeting, unwritten) = (Some(Box::new(greeting)), Unwritten::default());
        Self { greeting, tls, frames: None, unwritten, charge, fault: None }
    }

    /// Counts what is kept in the middle of a record or a greeting.
    pub(crate) fn count_held(&mut self) -> Result<(), Fault> {
        let tls = self.tls.as_ref().map_or(0, Session::held);
        let greeting = self.greeting.as_ref().map_or(0, |greeting| greeting.held());
        let counted = self.charge.set(tls.saturating_add(greeting));
        counted.map_err(|_| {
            if let Some(frames) = &mut self.frames {
                frames.will_end(CloseCode::TRY_AGAIN_LATER);
            }
            Fault::NoRoom
        })
    }

    /// The greeting is over: what is kept from now on counts as every client's.
    pub(crate) fn count_with_clients(&mut self, clients: &Arc<InputBudget>) -> Result<(), Fault> {
        self.charge = Charge::new(Arc::clone(clients));
        self.count_held()
    }

    /// How the WebSocket will say that it ends.
    pub(super) fn will_end(&mut self, why: CloseReason) {
        let Some(frames) = &mut self.frames else { return };
        frames.will_end(match why {
            CloseReason::ShuttingDown => CloseCode::GOING_AWAY,
            CloseReason::Refused(Refusal::Busy) => CloseCode::TRY_AGAIN_LATER,
            CloseReason::Kicked | CloseReason::Refused(_) | CloseReason::TakenOver | CloseReason::Expired => {
                CloseCode::POLICY_VIOLATION
            }
            CloseReason::ProtocolError => CloseCode::PROTOCOL_ERROR,
            _ => CloseCode::NORMAL,
        });
    }

    /// Its silence begins anew.
    pub(super) fn hear(&mut self, now: Instant) {
        if let Some(frames) = &mut self.frames {
            frames.hear(now);
        }
    }

    /// Asks a silent WebSocket for a sign of life, or gives it up.
    pub(super) fn tick(
        &mut self,
        socket: &mut TcpStream,
        cx: &mut Context<'_>,
        scratch: &mut Scratch,
        now: Instant,
    ) -> Result<(), Fault> {
        let Some(frames) = &mut self.frames else { return Ok(()) };
        scratch.plain.clear();
        if !frames.ping_if_silent(now, &mut scratch.plain)? {
            return Ok(());
        }
        self.seal_plain(scratch)?;
        self.unwritten.reply(socket, cx, &scratch.sealed)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        if let Some(greeting) = &self.greeting {
            return Some(greeting.deadline);
        }
        self.frames.as_ref()?.deadline()
    }
}
