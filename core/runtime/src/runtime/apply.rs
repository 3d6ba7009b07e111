//! Listeners open, change and close while everything else goes on.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use tidegate_gateway::{Gateway, Listener};
use tidegate_tls::Acceptor;
use tidegate_types::CloseReason;

use super::{ACCEPTS, Gateways, Open, OpenSocket, Runtime};
use crate::bind::{BindError, Bound, BoundSocket, Closed, NO_ADDRESS, Place};
use crate::entrance::{Entrance, Settings, policy};
use crate::inbox::Letter;

/// A socket a listener shall have.
struct Wanted {
    listener: Arc<Ready>,
    asked: Place,
    got: Got,
}

/// A listener with what it needs.
struct Ready {
    listener: Listener,
    tls: Option<Arc<Acceptor>>,
}

enum Got {
    /// It is open already.
    Kept(OpenSocket),
    /// It has been bound.
    New(BoundSocket),
    /// It is to be bound when the socket that has its port is closed.
    Later,
    /// The machine has no such address, and the listener does without.
    Nothing,
}

impl Runtime {
    /// Opens, changes and closes listeners, so that `gateway` has those it asks for. Its other listeners and those
    /// of other gateways are not touched. Peers of a listener that goes are closed; those of one that stays, under
    /// its name, stay, and new ones are accepted by this `gateway`, with what its listener says now. Answers every
    /// socket it has now; a TLS listener without a certificate has none, and [`Runtime::closed`] says so.
    ///
    /// # Errors
    /// One for each address that cannot be bound and each listener whose certificates cannot be used. Nothing was
    /// changed then, unless one of them is an address whose port a socket had that had to be closed for it.
    pub fn apply(&self, gateway: &Arc<dyn Gateway>) -> Result<Vec<Bound>, Vec<BindError>> {
        let mut gateways = self.gateways.lock();
        let name = gateway.name();
        if gateways.draining {
            return Ok(Vec::new());
        }
        let (ready, closed) = self.equip(&**gateway)?;
        let old = gateways.open.remove(name).unwrap_or_default();
        let mut wanted = match self.plan(name, ready, &old) {
            Ok(wanted) => wanted,
            Err(errors) => {
                gateways.open.insert(name, old);
                return Err(errors);
            }
        };
        gateways.closed.retain(|closed| closed.gateway != name);
        gateways.closed.extend(closed);
        for socket in old.iter().flat_map(|open| &open.sockets) {
            if !wanted.iter().any(|wanted| wanted.keeps(socket.number)) {
                self.unlisten(socket.number);
            }
        }
        let errors = self.bind_late(name, &mut wanted);
        let open = self.commit(&mut gateways, gateway, wanted, &old);
        for gone in
            old.iter().filter(|old| !open.iter().any(|open| Arc::ptr_eq(&open.entrance, &old.entrance)))
        {
            self.see_out(&gone.entrance);
        }
        let bound = open.iter().flat_map(|open| open.bound(name)).collect();
        gateways.open.insert(name, open);
        if errors.is_empty() { Ok(bound) } else { Err(errors) }
    }

    /// Closes a gateway's listeners and tells their peers that they have to go. False when there is none of that
    /// name.
    pub fn remove(&self, gateway: &str) -> bool {
        let open = {
            let mut gateways = self.gateways.lock();
            gateways.closed.retain(|closed| closed.gateway != gateway);
            gateways.open.remove(gateway)
        };
        let Some(open) = open else { return false };
        for open in open {
            for socket in &open.sockets {
                self.unlisten(socket.number);
            }
            self.see_out(&open.entrance);
        }
        true
    }

    /// Gets the TLS of those that need it; and those that cannot be opened without.
    #[expect(clippy::type_complexity, reason = "two lists, taken apart at once")]
    fn equip(&self, asks: &dyn Gateway) -> Result<(Vec<Arc<Ready>>, Vec<Closed>), Vec<BindError>> {
        let (mut ready, mut closed, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        let gateway = asks.name();
        for listener in asks.listeners() {
            if let Some(Err(error)) = policy(asks, &listener).map(|policy| policy.check()) {
                let reason = error.to_string();
                errors.push(BindError::WebSocket { gateway, listener: listener.name, reason });
                continue;
            }
            if !listener.config.transport.is_tls() {
                ready.push(Arc::new(Ready { listener, tls: None }));
                continue;
            }
            match self.host.tls(gateway, &listener) {
                Ok(Some(tls)) => ready.push(Arc::new(Ready { listener, tls: Some(tls) })),
                Ok(None) => {
                    closed.push(Closed { gateway, listener: listener.name, reason: "it has no certificate" });
                }
                Err(reason) => errors.push(BindError::Tls { gateway, listener: listener.name, reason }),
            }
        }
        if errors.is_empty() { Ok((ready, closed)) } else { Err(errors) }
    }

    /// Finds what is open already and binds the rest, as far as it does not wait for a socket to be closed.
    fn plan(
        &self,
        gateway: &'static str,
        listeners: Vec<Arc<Ready>>,
        old: &[Open],
    ) -> Result<Vec<Wanted>, Vec<BindError>> {
        let mut wanted: Vec<Wanted> = Vec::new();
        for listener in listeners {
            let name = &listener.listener.name;
            for asked in Place::all(&listener.listener.config) {
                let same = |open: &&Open| open.entrance.settings(|s| s.listener.name == *name);
                let mut sockets = old.iter().filter(same).flat_map(|open| &open.sockets);
                let kept = sockets.find(|s| s.asked == asked && !wanted.iter().any(|w| w.keeps(s.number)));
                let got = kept.map_or(Got::Later, |socket| Got::Kept(socket.clone()));
                wanted.push(Wanted { listener: Arc::clone(&listener), asked, got });
            }
        }
        let going: Vec<&OpenSocket> = old
            .iter()
            .flat_map(|open| &open.sockets)
            .filter(|socket| !wanted.iter().any(|wanted| wanted.keeps(socket.number)))
            .collect();
        let goes = |place: &Place| {
            going.iter().any(|gone| gone.asked == *place || place.port() == Some(gone.local.port()))
        };
        let mut errors = Vec::new();
        for wanted in wanted.iter_mut().filter(|wanted| matches!(wanted.got, Got::Later)) {
            match wanted.bind() {
                Ok(socket) => wanted.got = Got::New(socket),
                Err(error) if in_use(&error) && goes(&wanted.asked) => {}
                Err(error) if wanted.is_dispensable(&error) => wanted.got = Got::Nothing,
                Err(error) => errors.push(wanted.error(gateway, error)),
            }
        }
        if errors.is_empty() { Ok(wanted) } else { Err(errors) }
    }

    /// Binds what had to wait for a port; what cannot be bound even now is left out.
    fn bind_late(&self, gateway: &'static str, wanted: &mut Vec<Wanted>) -> Vec<BindError> {
        let mut errors = Vec::new();
        wanted.retain_mut(|wanted| {
            if !matches!(wanted.got, Got::Later) {
                return true;
            }
            match wanted.bind() {
                Ok(socket) => wanted.got = Got::New(socket),
                Err(error) => errors.push(wanted.error(gateway, error)),
            }
            matches!(wanted.got, Got::New(_))
        });
        errors
    }

    /// Makes it so: entrances get their settings and the first worker its sockets.
    fn commit(
        &self,
        gateways: &mut Gateways,
        gateway: &Arc<dyn Gateway>,
        wanted: Vec<Wanted>,
        old: &[Open],
    ) -> Vec<Open> {
        let mut opens: Vec<Open> = Vec::new();
        for Wanted { listener, asked, got } in wanted {
            let Ready { listener, tls } = &*listener;
            let named = |open: &&Open| open.entrance.settings(|s| s.listener.name == listener.name);
            let at = opens.iter().position(|open| named(&open)).unwrap_or_else(|| {
                let entrance = old.iter().find(named).map(|open| Arc::clone(&open.entrance));
                let (gateway, tls) = (Arc::clone(gateway), tls.clone());
                let settings = Settings::new(gateway, listener.clone(), tls);
                let entrance = self.entrance(gateways, entrance, settings);
                opens.push(Open { entrance, sockets: Vec::new() });
                opens.len() - 1
            });
            let Some(open) = opens.get_mut(at) else { continue };
            match got {
                Got::Kept(socket) => {
                    self.exchange.post(ACCEPTS, [Letter::Retune(socket.number)]);
                    open.sockets.push(socket);
                }
                Got::New(socket) => {
                    let local = socket.local().unwrap_or(NO_ADDRESS);
                    gateways.next_number += 1;
                    let number = gateways.next_number;
                    open.sockets.push(OpenSocket { number, asked, local });
                    let letter = Letter::Listen(socket, Arc::clone(&open.entrance), number);
                    self.exchange.post(ACCEPTS, [letter]);
                }
                Got::Later | Got::Nothing => {}
            }
        }
        opens
    }

    fn entrance(
        &self,
        gateways: &mut Gateways,
        existing: Option<Arc<Entrance>>,
        settings: Settings,
    ) -> Arc<Entrance> {
        if let Some(entrance) = existing {
            entrance.change(settings);
            return entrance;
        }
        gateways.next_number += 1;
        let number = gateways.next_number;
        Arc::new(Entrance::new(number, self.exchange.workers(), Arc::clone(&self.house), settings))
    }

    /// Closes a socket and waits until it is closed and everybody who came through it is seated.
    pub(super) fn unlisten(&self, number: u32) {
        let (done, wait) = sync_channel(1);
        self.exchange.post(ACCEPTS, [Letter::Unlisten(number, done)]);
        if wait.recv().is_err() {
            tracing::error!("the worker that accepts is gone");
        }
    }

    fn see_out(&self, entrance: &Entrance) {
        entrance.close();
        for worker in 0..self.exchange.workers() {
            let entrance = Some(entrance.number);
            let letter = Letter::Close { entrance, most: usize::MAX, why: CloseReason::ShuttingDown };
            self.exchange.post(worker, [letter]);
        }
    }
}

impl Wanted {
    fn keeps(&self, number: u32) -> bool {
        matches!(&self.got, Got::Kept(socket) if socket.number == number)
    }

    fn bind(&self) -> io::Result<BoundSocket> {
        BoundSocket::bind(&self.asked, &self.listener.listener.config)
    }

    fn is_dispensable(&self, error: &io::Error) -> bool {
        let another_error =
            matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied);
        !another_error && self.asked.is_spare(&self.listener.listener.config)
    }

    fn error(&self, gateway: &'static str, source: io::Error) -> BindError {
        let listener = Arc::clone(&self.listener.listener.name);
        BindError::Place { gateway, listener, place: self.asked.to_string(), source }
    }
}

fn in_use(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrInUse
}
