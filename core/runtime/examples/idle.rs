//! Bytes of memory an idle connection costs the driver (its peer here is 16 bytes and has a deadline each minute).
//!
//! `cargo run --release -p tidegate-runtime --example idle -- 19000 1`
//! (connections, workers); Linux, as it reads `/proc`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement, not a part of the broker")]

#[path = "../tests/driver/nobody.rs"]
mod nobody;

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroUsize;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nobody::Nobody;
use tidegate_broker::{Notice, Seat, Verbs};
use tidegate_gateway::{Accepted, Gateway, Lent, Listener, ListenerConfig, Peer, Progress};
use tidegate_runtime::{Exchange, Runtime, RuntimeConfig};
use tidegate_types::CloseReason;

struct Quiet;

struct QuietPeer(Instant);

impl Gateway for Quiet {
    fn name(&self) -> &'static str {
        "quiet"
    }

    fn listeners(&self) -> Vec<Listener> {
        let config = ListenerConfig {
            bind: "127.0.0.1:0".parse().unwrap(),
            max_connections: u32::MAX,
            ..ListenerConfig::default()
        };
        vec![Listener { name: Arc::from("tcp"), config }]
    }

    fn accept(&self, peer: Accepted) -> Box<dyn Peer> {
        Box::new(QuietPeer(peer.now + Duration::from_secs(60)))
    }
}

impl Peer for QuietPeer {
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
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.as_slice() {
        [_, clients, address, count] if clients == "clients" => {
            hold(address.parse().unwrap(), count.parse().unwrap());
        }
        [_, count, workers] => measure(count.parse().unwrap(), workers.parse().unwrap()),
        [_, count] => measure(count.parse().unwrap(), 1),
        _ => measure(19_000, 1),
    }
}

/// The other process: holds connections until its input ends.
fn hold(address: SocketAddr, count: usize) {
    let held: Vec<TcpStream> = (0..count).map(|_| TcpStream::connect(address).unwrap()).collect();
    println!("{}", held.len());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

fn measure(count: usize, workers: usize) {
    let config = RuntimeConfig { workers: NonZeroUsize::new(workers), ..RuntimeConfig::default() };
    let exchange = Arc::new(Exchange::new(&config));
    let runtime = Runtime::start(config, exchange, Arc::new(Nobody::default())).unwrap();
    let address = runtime.apply(&(Arc::new(Quiet) as Arc<dyn Gateway>)).unwrap()[0].local;
    let before = resident();
    let mut clients = Command::new(std::env::current_exe().unwrap())
        .args(["clients", &address.to_string(), &count.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(clients.stdout.take().unwrap()).read_line(&mut line).unwrap();
    while runtime.connections() < count {
        std::thread::yield_now();
    }
    let each = resident().saturating_sub(before) / count;
    println!("{workers} workers, {count} connections: {each} bytes each");
    drop(clients.stdin.take());
    clients.wait().unwrap();
}
