//! What a packet costs the driver over each transport: CPU time of the process that serves, with an echo peer of no
//! cost of its own.
//!
//! `cargo run --release -p tidegate-runtime --example cost -- tls 200000 100 1`
//! (transport, packets, bytes each, packets a write); all transports without arguments; Linux, as it reads `/proc`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement, not a part of the broker")]

#[path = "sides/clients.rs"]
mod clients;
#[path = "../tests/driver/nobody.rs"]
mod nobody;
#[path = "sides/served.rs"]
mod served;

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use tidegate_broker::{Notice, Seat, Verbs};
use tidegate_gateway::{Lent, Peer, Progress, Transport};
use tidegate_types::CloseReason;

use clients::Clients;
use served::Served;

/// Sends back what it gets.
struct Echo;

impl Peer for Echo {
    fn receive(&mut self, lent: &mut Lent<'_>, bytes: &[u8]) -> Progress {
        lent.out.buffer().extend_from_slice(bytes);
        Progress { used: bytes.len(), need: 1 }
    }
    fn notice(&mut self, _: &mut Lent<'_>, _: Notice) {}
    fn pull(&mut self, _: &mut Lent<'_>) {}
    fn timeout(&mut self, _: &mut Lent<'_>) {}
    fn close(&mut self, _: &mut Lent<'_>, _: CloseReason) {}
    fn poll_timeout(&self) -> Option<Instant> {
        None
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
        ["client", how, address, rest @ .., ca] => {
            let [packets, bytes, batch] = numbers(rest);
            send(served::transport(how), address.parse().unwrap(), Path::new(ca), [packets, bytes, batch]);
        }
        ["handshakes", how, count] => handshakes(how, count.parse().unwrap()),
        ["shaking", how, address, count, ca] => {
            let clients = Clients::new(served::transport(how), address.parse().unwrap(), Path::new(ca));
            for _ in 0..count.parse::<usize>().unwrap() {
                clients.connect();
            }
        }
        [how, rest @ ..] if rest.len() == 3 => measure(how, rest),
        _ => {
            for how in ["tcp", "tls", "ws", "wss"] {
                measure(how, &["50000", "100", "1"]);
                measure(how, &["2000000", "100", "100"]);
                handshakes(how, 2_000);
            }
        }
    }
}

fn numbers(words: &[&str]) -> [usize; 3] {
    let numbers: Vec<usize> = words.iter().map(|word| word.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

/// The other process.
fn send(transport: Transport, address: SocketAddr, ca: &Path, [packets, bytes, batch]: [usize; 3]) {
    let clients = Clients::new(transport, address, ca);
    let mut stream = clients.connect();
    // In a WebSocket each is a frame; its answer may come in fewer.
    let mut one = clients.frame(&vec![7; bytes]);
    one = one.repeat(batch);
    for _ in 0..packets / batch {
        stream.write_all(&one).unwrap();
        stream.flush().unwrap();
        clients.read_payload(&mut stream, bytes * batch);
    }
}

/// CPU time of this process so far, in seconds.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<u32>().unwrap();
    f64::from(ticks(11) + ticks(12)) / 100.0
}

fn measure(how: &str, words: &[&str]) {
    let served = Served::new(served::transport(how), 1, |_| Box::new(Echo));
    let before = cpu();
    run(&served, &["client", how], words);
    let [packets, bytes, batch] = numbers(words);
    let each = (cpu() - before) * 1e6 / f64::from(u32::try_from(packets).unwrap());
    println!("{how}: {packets} packets of {bytes} bytes, {batch} a write: {each:.2} µs each there and back");
}

fn handshakes(how: &str, count: usize) {
    let served = Served::new(served::transport(how), 1, |_| Box::new(Echo));
    let before = cpu();
    run(&served, &["shaking", how], &[&count.to_string()]);
    let each = (cpu() - before) * 1e6 / f64::from(u32::try_from(count).unwrap());
    println!("{how}: {count} connections: {each:.1} µs each to come and go");
}

/// Runs the other process to its end.
fn run(served: &Served, first: &[&str], rest: &[&str]) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(first)
        .arg(served.address.to_string())
        .args(rest)
        .arg(&served.set.ca)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(child.wait().unwrap().success());
}
