//! Connections come to a worker and leave it.

use std::net::SocketAddr;
use std::sync::Arc;

use tidegate_broker::{Notice, Seat};
use tidegate_gateway::{Accepted, Peer};
use tidegate_types::{Certificate, CloseReason};
use tokio::net::TcpStream;

use crate::connection::{Connection, Stream};
use crate::entrance::Guest;
use crate::greeting;
use crate::inbox::{Letter, Transfer};
use crate::worker::{Worker, guarded, spawn};

impl Worker {
    /// A peer that another worker accepted sits down here.
    pub(crate) fn seat_accepted(&mut self, stream: std::net::TcpStream, remote: SocketAddr, guest: Guest) {
        match TcpStream::from_std(stream) {
            Ok(stream) => self.seat(stream, remote, guest),
            Err(error) => tracing::warn!(%remote, %error, "connection dropped: cannot be watched"),
        }
    }

    /// A new peer sits down, and its first turn follows. One that has to say something first says it there; the
    /// gateway of any other builds its state machine now.
    pub(crate) fn seat(&mut self, socket: TcpStream, remote: SocketAddr, guest: Guest) {
        let local = socket.local_addr().unwrap_or(remote);
        let seat = self.places.take(guest.entrance().number, None);
        let now = self.bench.turn.now.at;
        let layers =
            guest.entrance().settings(|settings| greeting::layers(settings, &guest, (remote, local), now));
        let connection = match layers {
            Ok(Some(layers)) => Connection::greeting(socket, layers, guest, seat),
            Ok(None) => {
                let Some(peer) = self.accept(&guest, seat, (remote, local), None) else {
                    return self.free(seat);
                };
                Connection::new(Stream::new(socket, None), peer, None, guest, seat, 0)
            }
            Err(refused) => {
                guest.entrance().count_refused(refused.why);
                return self.free(seat);
            }
        };
        self.see_out_if_closing(connection.guest(), seat);
        drop(spawn(connection));
    }

    /// The gateway builds a peer's state machine.
    pub(crate) fn accept(
        &mut self,
        guest: &Guest,
        seat: Seat,
        (remote, local): (SocketAddr, SocketAddr),
        certificate: Option<Arc<Certificate>>,
    ) -> Option<Box<dyn Peer>> {
        let now = self.bench.turn.now.at;
        guest.entrance().settings(|settings| {
            let listener = Arc::clone(&settings.name);
            let accepted = Accepted { seat, remote, local, listener, certificate, now };
            guarded("a gateway that accepts", || settings.gateway.accept(accepted))
        })
    }

    /// A connection of another worker moves here. Its first turn pulls, which makes up for every wake that went
    /// to its old seat.
    pub(crate) fn seat_arrival(&mut self, transfer: Transfer) {
        let Transfer { socket, layers, mut peer, backlog, guest, left, hops } = transfer;
        let seat = self.places.take(guest.entrance().number, Some(left));
        peer.reseat(self.bench.host.verbs(), seat);
        self.write(left.worker, Letter::Arrived(left, seat));
        match TcpStream::from_std(socket) {
            Ok(socket) => {
                self.see_out_if_closing(Some(&guest), seat);
                let stream = Stream::new(socket, layers);
                drop(spawn(Connection::new(stream, peer, backlog, guest, seat, hops)));
            }
            Err(error) => {
                tracing::warn!(%error, "connection lost while it moved: cannot be watched");
                peer.close(&mut self.bench.lend(), CloseReason::Lost);
                self.free(seat);
            }
        }
    }

    /// A connection that was between two workers when its listener closed was told nothing there.
    fn see_out_if_closing(&mut self, guest: Option<&Guest>, seat: Seat) {
        if guest.is_some_and(|guest| guest.entrance().is_closing()) {
            self.tell(seat, Notice::Close(CloseReason::ShuttingDown));
        }
    }

    /// A connection is gone: its place is free, and so is the one that forwarded to it.
    pub(crate) fn free(&mut self, seat: Seat) {
        let (origin, late) = self.places.release(seat);
        if let Some(origin) = origin {
            self.write(origin.worker, Letter::Forget(origin));
        }
        for notice in late.into_iter().flat_map(|late| *late) {
            self.bench.give_up(notice);
        }
    }
}
