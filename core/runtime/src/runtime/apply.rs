//! Listeners open, change and close while everything else goes on.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use tidegate_gateway::{Gateway, Listener};
use tidegate_types::CloseReason;

use super::{ACCEPTS, Gateways, Open, OpenSocket, Runtime};
use crate::bind::{BindError, Bound, bind, only_v6};
use crate::entrance::{Entrance, Settings};
use crate::inbox::Letter;

/// A socket a listener shall have.
struct Wanted {
    listener: Listener,
    asked: SocketAddr,
    got: Got,
}

enum Got {
    /// It is open already.
    Kept(OpenSocket),
    /// It has been bound.
    New(TcpListener),
    /// It is to be bound when the socket that has its port is closed.
    Later,
}

impl Runtime {
    /// Opens, changes and closes listeners, so that `gateway` has those it asks for. Its other listeners and those
    /// of other gateways are not touched. Peers of a listener that goes are closed; those of one that stays, under
    /// its name, stay, and new ones are accepted by this `gateway`. Answers every socket it has now.
    ///
    /// # Errors
    /// One for each address that cannot be bound. Nothing was changed then, unless one of them is an address whose
    /// port a socket had that had to be closed for it.
    pub fn apply(&self, gateway: &Arc<dyn Gateway>) -> Result<Vec<Bound>, Vec<BindError>> {
        let mut gateways = self.gateways.lock();
        let name = gateway.name();
        if gateways.draining {
            return Ok(Vec::new());
        }
        let old = gateways.open.remove(name).unwrap_or_default();
        let mut wanted = match self.plan(name, gateway.listeners(), &old) {
            Ok(wanted) => wanted,
            Err(errors) => {
                gateways.open.insert(name, old);
                return Err(errors);
            }
        };
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
        let Some(open) = self.gateways.lock().open.remove(gateway) else { return false };
        for open in open {
            for socket in &open.sockets {
                self.unlisten(socket.number);
            }
            self.see_out(&open.entrance);
        }
        true
    }

    /// Finds what is open already and binds the rest, as far as it does not wait for a socket to be closed.
    fn plan(
        &self,
        gateway: &'static str,
        listeners: Vec<Listener>,
        old: &[Open],
    ) -> Result<Vec<Wanted>, Vec<BindError>> {
        let mut wanted: Vec<Wanted> = Vec::new();
        for listener in listeners {
            for asked in listener.config.addresses() {
                let same = |open: &&Open| open.entrance.settings(|s| s.listener.name == listener.name);
                let mut sockets = old.iter().filter(same).flat_map(|open| &open.sockets);
                let kept = sockets.find(|s| s.asked == asked && !wanted.iter().any(|w| w.keeps(s.number)));
                let got = kept.map_or(Got::Later, |socket| Got::Kept(*socket));
                wanted.push(Wanted { listener: listener.clone(), asked, got });
            }
        }
        let going: Vec<u16> = old
            .iter()
            .flat_map(|open| &open.sockets)
            .filter(|socket| !wanted.iter().any(|wanted| wanted.keeps(socket.number)))
            .map(|socket| socket.local.port())
            .collect();
        let mut errors = Vec::new();
        for wanted in wanted.iter_mut().filter(|wanted| matches!(wanted.got, Got::Later)) {
            match wanted.bind(self.config.accept_backlog) {
                Ok(socket) => wanted.got = Got::New(socket),
                Err(error) if in_use(&error) && going.contains(&wanted.asked.port()) => {}
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
            match wanted.bind(self.config.accept_backlog) {
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
            let named = |open: &&Open| open.entrance.settings(|s| s.listener.name == listener.name);
            let at = opens.iter().position(|open| named(&open)).unwrap_or_else(|| {
                let entrance = old.iter().find(named).map(|open| Arc::clone(&open.entrance));
                let settings = Settings { gateway: Arc::clone(gateway), listener: listener.clone() };
                let entrance = self.entrance(gateways, entrance, settings);
                opens.push(Open { entrance, sockets: Vec::new() });
                opens.len() - 1
            });
            let Some(open) = opens.get_mut(at) else { continue };
            match got {
                Got::Kept(socket) => open.sockets.push(socket),
                Got::New(socket) => {
                    let local = socket.local_addr().unwrap_or(asked);
                    gateways.next_number += 1;
                    let number = gateways.next_number;
                    open.sockets.push(OpenSocket { number, asked, local });
                    let letter = Letter::Listen(socket, Arc::clone(&open.entrance), number);
                    self.exchange.post(ACCEPTS, [letter]);
                }
                Got::Later => {}
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

    fn bind(&self, backlog: u32) -> io::Result<TcpListener> {
        bind(self.asked, only_v6(self.asked, &self.listener.config.addresses()), backlog)
    }

    fn error(&self, gateway: &'static str, source: io::Error) -> BindError {
        BindError { gateway, listener: self.listener.name.clone(), address: self.asked, source }
    }
}

fn in_use(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrInUse
}
