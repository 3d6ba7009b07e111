//! Connections come to a worker and leave it.

use std::net::SocketAddr;

use tidegate_broker::{Notice, Seat};
use tidegate_gateway::Accepted;
use tidegate_types::CloseReason;
use tokio::net::TcpStream;

use crate::connection::Connection;
use crate::entrance::Guest;
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

    /// A new peer sits down: its gateway builds its state machine, and its first turn follows.
    pub(crate) fn seat(&mut self, stream: TcpStream, remote: SocketAddr, guest: Guest) {
        let local = stream.local_addr().unwrap_or(remote);
        let seat = self.places.take(guest.entrance().number, None);
        let now = self.bench.turn.now.at;
        let peer = guest.entrance().settings(|settings| {
            let listener = settings.listener.name.clone();
            let accepted = Accepted { seat, remote, local, listener, certificate: None, now };
            guarded("a gateway that accepts", || settings.gateway.accept(accepted))
        });
        let Some(peer) = peer else { return self.free(seat) };
        self.see_out_if_closing(&guest, seat);
        drop(spawn(Connection::new(stream, peer, None, guest, seat, 0)));
    }

    /// A connection of another worker moves here. Its first turn pulls, which makes up for every wake that went
    /// to its old seat.
    pub(crate) fn seat_arrival(&mut self, transfer: Transfer) {
        let Transfer { stream, mut peer, backlog, guest, left, hops } = transfer;
        let seat = self.places.take(guest.entrance().number, Some(left));
        peer.reseat(self.bench.host.verbs(), seat);
        self.write(left.worker, Letter::Arrived(left, seat));
        match TcpStream::from_std(stream) {
            Ok(stream) => {
                self.see_out_if_closing(&guest, seat);
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
    fn see_out_if_closing(&mut self, guest: &Guest, seat: Seat) {
        if guest.entrance().is_closing() {
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
