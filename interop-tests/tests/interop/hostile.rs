//! Peers that mean harm or know no better: others go on undisturbed, and nothing grows.

use std::io;
use std::time::{Duration, Instant};

use tidegate_interop_tests::broker::{Running, Settings};
use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::decode::Packet;
use tidegate_interop_tests::wire::encode::{Connect, Publish};
use tidegate_interop_tests::wire::{Version, kind};
use tidegate_interop_tests::{peers, procfs};

use super::stage::{DEADLINE, broker, broker_with, client, skipped_on};
use bystanders::Bystanders;

mod bystanders;
mod mutations;

/// Memory a broker may have gained when all is over: allocators keep some.
const GROWTH: u64 = 48 << 20;

fn assert_unharmed(broker: &mut Running, before: u64) {
    let after = broker.rss();
    assert!(broker.alive(), "the broker is gone: {}", broker.log());
    assert!(after < before + GROWTH, "resident memory grew from {before} to {after}");
    assert!(!broker.log().contains("panicked"), "{}", broker.log());
}

/// How many mutated packets are sent; `INTEROP_INPUTS` says otherwise.
fn inputs() -> u64 {
    std::env::var("INTEROP_INPUTS").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000)
}

#[test]
fn generated_packets_disturb_nobody() {
    let mut broker = broker();
    let bystanders = Bystanders::start(&broker);
    let seed = mutations::seed();
    let mut source = mutations::Source::new(seed);
    mutations::send_all(&broker, &mut source, inputs().min(2_000));
    let before = broker.rss();
    let mut left = inputs().saturating_sub(2_000);
    while left > 0 {
        peers::progress(&format!("{left} generated packets to go, seed {seed}"));
        let some = left.min(100_000);
        mutations::send_all(&broker, &mut source, some);
        left -= some;
    }
    bystanders.finish();
    assert_unharmed(&mut broker, before);
}

#[test]
fn half_open_connections_are_closed() {
    if skipped_on("mosquitto", "its limit is 1.5 times a default keep-alive of 60 s") {
        return;
    }
    let settings = Settings { connect_timeout: Some(Duration::from_secs(1)), ..Settings::default() };
    let broker = broker_with(&settings);
    let bystanders = Bystanders::start(&broker);
    let mut silent: Vec<Client> =
        (0..100).map(|_| Client::open(broker.address, Version::V5).unwrap()).collect();
    for client in &mut silent {
        assert_eq!(client.closed().unwrap(), []);
    }
    bystanders.finish();
}

#[test]
fn a_connect_that_never_ends_is_closed() {
    if skipped_on("mosquitto", "its limit is 1.5 times a default keep-alive of 60 s") {
        return;
    }
    let settings = Settings { connect_timeout: Some(Duration::from_secs(2)), ..Settings::default() };
    let broker = broker_with(&settings);
    let bystanders = Bystanders::start(&broker);
    let mut bytes = Vec::new();
    Connect::clean(Version::V5, &"x".repeat(4000)).put(&mut bytes);
    let mut slow = Client::open(broker.address, Version::V5).unwrap();
    let deadline = Instant::now() + DEADLINE;
    // A byte now and then is no progress that counts; the last byte never comes.
    let (_, all_but_last) = bytes.split_last().unwrap();
    let closed = all_but_last.iter().any(|byte| {
        assert!(Instant::now() < deadline, "still open");
        std::thread::sleep(Duration::from_millis(50));
        slow.send(&[*byte]).is_err()
    });
    assert!(closed, "4,000 bytes at 20 a second take longer than two seconds");
    bystanders.finish();
}

#[test]
fn a_subscriber_that_never_reads_hurts_nobody() {
    let mut broker = broker();
    let mut deaf = client(&broker, Version::V311, "deaf");
    deaf.subscribe("flood", 0, &[]).unwrap();
    let mut hearing = client(&broker, Version::V311, "hearing");
    hearing.subscribe("flood", 0, &[]).unwrap();
    let bystanders = Bystanders::start(&broker);
    let before = broker.rss();
    let mut publisher = client(&broker, Version::V311, "publisher");
    let (version, topic, payload) = (Version::V311, "flood", &[b'x'; 64 * 1024]);
    let publish = Publish { version, topic, payload, qos: 0, id: 0, retain: false, properties: &[] };
    for _ in 0..2_000 {
        publisher.send_with(|out| publish.put(out)).unwrap();
        assert_eq!(hearing.message().unwrap().payload.len(), payload.len());
    }
    publisher.expect_quiet().unwrap();
    bystanders.finish();
    if !skipped_on("mosquitto", "queued without a bound, as it is configured here") {
        assert_unharmed(&mut broker, before);
    }
    drop(deaf);
}

#[test]
fn a_subscriber_that_never_settles_costs_its_queue_and_no_more() {
    if skipped_on("mosquitto", "queued without a bound, as it is configured here") {
        return;
    }
    let mut broker = broker();
    let mut deaf = client(&broker, Version::V311, "deaf");
    deaf.subscribe("flood", 1, &[]).unwrap();
    let before = broker.rss();
    let mut publisher = client(&broker, Version::V311, "publisher");
    let (version, topic, payload) = (Version::V311, "flood", &[b'x'; 8 * 1024]);
    // Twice what its queue may hold; each is acknowledged, so the publisher is never stopped for good.
    for id in 1..=16_000 {
        let publish = Publish { version, topic, payload, qos: 1, id, retain: false, properties: &[] };
        publisher.send_with(|out| publish.put(out)).unwrap();
        assert!(matches!(publisher.receive().unwrap(), Packet::Ack(..)));
    }
    let queue = 64 << 20;
    assert_unharmed(&mut broker, before + queue);
    drop(deaf);
}

#[test]
fn a_peer_that_never_reads_its_answers_is_bounded() {
    if skipped_on("mosquitto", "queues answers without a bound") {
        return;
    }
    let mut broker = broker();
    let mut deaf = client(&broker, Version::V311, "deaf");
    let before = broker.rss();
    const MOST: usize = 64 << 20;
    // Until the broker stops reading (our write would block) or closes.
    let pings = [kind::PINGREQ << 4, 0].repeat(32 * 1024);
    let sent = deaf.send_until_blocked(&pings, MOST).unwrap();
    let bystanders = Bystanders::start(&broker);
    bystanders.finish();
    assert!(sent < MOST, "the broker took everything and answered nobody");
    assert_unharmed(&mut broker, before);
}

#[test]
fn without_descriptors_old_peers_are_served_and_new_ones_later() {
    let mut broker = broker_with(&Settings { fd_limit: Some(256), ..Settings::default() });
    let bystanders = Bystanders::start(&broker);
    let mut held = Vec::new();
    let refused = loop {
        assert!(held.len() < 400, "256 descriptors cannot serve 400 peers");
        match try_connect(&broker) {
            Some(client) => held.push(client),
            None => break held.len(),
        }
    };
    assert!(refused > 100, "only {refused} peers were served");
    for old in &mut held {
        old.expect_quiet().unwrap();
    }
    held.clear();
    let deadline = Instant::now() + DEADLINE;
    while try_connect(&broker).is_none() {
        assert!(Instant::now() < deadline, "no recovery; {:?} files open", procfs::open_files(broker.pid()));
    }
    bystanders.finish();
    assert!(broker.alive());
}

/// A connection that was answered; `None` when it was refused, closed, or left waiting.
fn try_connect(broker: &Running) -> Option<Client> {
    let mut client = Client::open(broker.address, Version::V311).ok()?;
    client.patience(Duration::from_secs(2)).ok()?;
    let connect = Connect::clean(Version::V311, "");
    client.send_with(|out| connect.put(out)).ok()?;
    let answer: io::Result<Packet> = client.receive();
    client.patience(DEADLINE).ok()?;
    matches!(answer, Ok(Packet::ConnAck(_, 0, _))).then_some(client)
}
