//! Bytes of memory an idle connection costs the driver (its peer here is 16 bytes and has a deadline each minute), over
//! TCP, TLS 1.3, WebSocket, or WebSocket over TLS. Each has said something once and is silent then.
//!
//! `cargo run --release -p tidegate-runtime --example idle -- tls 9000 1`
//! (transport, connections, workers); Linux, as it reads `/proc`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement, not a part of the broker")]

#[path = "../tests/driver/nobody.rs"]
mod nobody;

#[path = "sides/clients.rs"]
mod clients;
#[path = "sides/served.rs"]
mod served;

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tidegate_broker::{Notice, Seat, Verbs};
use tidegate_gateway::{Lent, Peer, Progress, Transport};
use tidegate_types::CloseReason;

use clients::Clients;
use served::Served;

struct Quiet(Instant);

impl Peer for Quiet {
    fn receive(&mut self, _: &mut Lent<'_>, bytes: &[u8]) -> Progress {
        Progress { used: bytes.len(), need: 1 }
    }
    fn notice(&mut self, _: &mut Lent<'_>, _: Notice) {}
    fn pull(&mut self, _: &mut Lent<'_>) {}
    fn timeout(&mut self, lent: &mut Lent<'_>) {
        self.0 = lent.turn.now.at + Duration::from_secs(60);
    }
    fn close(&mut self, _: &mut Lent<'_>, _: CloseReason) {}
    fn poll_timeout(&self) -> Option<Instant> {
        Some(self.0)
    }
    fn is_blocked(&self) -> bool {
        false
    }
    fn is_finished(&self) -> bool {
        false
    }
    fn reseat(&mut self, _: &dyn Verbs, _: Seat) {}
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["clients", how, address, count, ca] => {
            hold(served::transport(how), address.parse().unwrap(), count.parse().unwrap(), Path::new(ca));
        }
        [how, count, workers] => measure(how, count.parse().unwrap(), workers.parse().unwrap()),
        [how, count] => measure(how, count.parse().unwrap(), 1),
        [how] => measure(how, 9_000, 1),
        _ => ["tcp", "tls", "ws", "wss"].iter().for_each(|how| alone(how)),
    }
}

/// A process of its own for each, so that none inherits another's memory.
fn alone(how: &str) {
    Command::new(std::env::current_exe().unwrap()).args([how, "4000"]).status().unwrap();
}

/// The other process: holds connections until its input ends. Each has sent a packet.
fn hold(transport: Transport, address: SocketAddr, count: usize, ca: &Path) {
    let clients = Clients::new(transport, address, ca);
    let said = clients.frame(&[0xc0, 0]);
    let connect = |_| {
        let mut stream = clients.connect();
        stream.write_all(&said).unwrap();
        stream.flush().unwrap();
        stream.into_socket()
    };
    let held: Vec<_> = (0..count).map(connect).collect();
    println!("{}", held.len());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

fn measure(how: &str, count: usize, workers: usize) {
    let quiet = |peer: &tidegate_gateway::Accepted| -> Box<dyn Peer> {
        Box::new(Quiet(peer.now + Duration::from_secs(60)))
    };
    let served = Served::new(served::transport(how), workers, quiet);
    let before = resident();
    let mut clients = Command::new(std::env::current_exe().unwrap())
        .args(["clients", how, &served.address.to_string(), &count.to_string()])
        .arg(&served.set.ca)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(clients.stdout.take().unwrap()).read_line(&mut line).unwrap();
    // Each packet has two bytes.
    while served.runtime.listeners()[0].counts.bytes_in < 2 * u64::try_from(count).unwrap() {
        std::thread::yield_now();
    }
    let each = resident().saturating_sub(before) / count;
    println!("{how}: {workers} workers, {count} connections: {each} bytes each");
    drop(clients.stdin.take());
    clients.wait().unwrap();
}
