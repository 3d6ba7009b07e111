//! What TLS costs: bytes for an idle connection, processor time for handshakes and for records.
//!
//! `cargo run --release -p tidegate-tls --example cost [CERTIFICATE KEY CA]`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a program that prints measurements and stops at the first surprise"
)]

#[path = "cost/heap.rs"]
mod heap;
#[path = "cost/peer.rs"]
mod peer;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::{ClientConfig, ServerConnection};
use tidegate_tls::Acceptor;

use heap::held;
use peer::{Case, Peers, cases};

/// Connections held at one time.
const CONNECTIONS: u32 = 2_000;
/// Handshakes timed.
const HANDSHAKES: u32 = 2_000;
/// Times that a hundred records are timed.
const ROUNDS: u32 = 2_000;

fn main() {
    for case in cases() {
        let Case { name, acceptor, client } = &case;
        println!("{name}");
        println!("  idle: {} bytes of heap, without the size of the handle", idle(acceptor, client));
        println!("  idle, after 16 KiB each way: {} bytes", used(acceptor, client));
        println!("  the same with rustls' buffered connection: {} bytes", buffered(acceptor, client));
        let (server, whole) = handshakes(acceptor, client);
        println!("  a handshake: {server:.1} us for the server, of {whole:.1} us for both sides");
        let (receive, send) = records(acceptor, client);
        println!("  a record of 100 bytes: {receive:.0} ns to receive, {send:.0} ns to send");
    }
}

/// Bytes a finished, idle session holds.
fn idle(acceptor: &Acceptor, client: &Arc<ClientConfig>) -> usize {
    held(CONNECTIONS, || Peers::up(acceptor, client).server)
}

/// The same for a session that has seen large records.
fn used(acceptor: &Acceptor, client: &Arc<ClientConfig>) -> usize {
    held(CONNECTIONS, || {
        let mut peers = Peers::up(acceptor, client);
        peers.say_to_server(&[1; 16_384]);
        peers.say_to_client(&[2; 16_384]);
        peers.server
    })
}

/// Bytes of rustls' buffered connection in the same place.
fn buffered(acceptor: &Acceptor, client: &Arc<ClientConfig>) -> usize {
    held(CONNECTIONS, || {
        let mut server = Box::new(ServerConnection::new(acceptor.config()).unwrap());
        let mut client = peer::client(client);
        let (mut up, mut down) = (Vec::new(), Vec::new());
        while client.wants_write() || server.wants_write() {
            client.write_tls(&mut up).unwrap();
            if !up.is_empty() {
                server.read_tls(&mut up.as_slice()).unwrap();
                server.process_new_packets().unwrap();
                up.clear();
            }
            while server.wants_write() {
                server.write_tls(&mut down).unwrap();
            }
            peer::hear(&mut client, &down);
            down.clear();
        }
        server
    })
}

/// Microseconds of a handshake: the server's part, and both. The median, so that other programs disturb little.
fn handshakes(acceptor: &Acceptor, client: &Arc<ClientConfig>) -> (f64, f64) {
    let (mut server, mut both) = (Vec::new(), Vec::new());
    for _ in 0..HANDSHAKES {
        let start = Instant::now();
        server.push(Peers::up(acceptor, client).spent);
        both.push(start.elapsed());
    }
    (median(server) * 1e6, median(both) * 1e6)
}

/// Nanoseconds of a record of 100 bytes: receiving, sending. A hundred come in one read, as they do under load.
fn records(acceptor: &Acceptor, client: &Arc<ClientConfig>) -> (f64, f64) {
    let mut peers = Peers::up(acceptor, client);
    let (mut receiving, mut sending) = (Vec::new(), Vec::new());
    let (mut plaintext, mut to_send) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut wire = peers.wire(&[1; 100], 100);
        let start = Instant::now();
        peers.server.receive(&mut wire, usize::MAX, &mut plaintext, &mut to_send).unwrap();
        receiving.push(start.elapsed());
        assert_eq!(plaintext.len(), 10_000);
        let start = Instant::now();
        for _ in 0..100 {
            peers.server.send(&[1; 100], &mut to_send).unwrap();
        }
        sending.push(start.elapsed());
        plaintext.clear();
        to_send.clear();
    }
    (median(receiving) * 1e7, median(sending) * 1e7)
}

/// In seconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times.get(times.len() / 2).unwrap().as_secs_f64()
}
