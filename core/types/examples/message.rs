//! What it costs to take a message in, share it among receivers and let it go: our one allocation beside three
//! `Bytes`. `cargo run -p tidegate-types --release --example message`

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "it measures and prints")]

use std::hint::black_box;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use tidegate_types::{Draft, Guarantee, Message, Moment, Properties, PublisherId, Stamp};

const ROUNDS: u32 = 1_000_000;
const TOPIC: &str = "factory/7/line/3/temp";
const PAYLOAD: [u8; 100] = [7; 100];

fn per_message(what: &str, receivers: usize, mut round: impl FnMut(usize)) {
    let started = Instant::now();
    for _ in 0..ROUNDS {
        round(receivers);
    }
    let nanos = started.elapsed().as_nanos() / u128::from(ROUNDS);
    println!("{what:<10} {receivers:>4} receivers {nanos:>6} ns a message");
}

fn main() {
    let draft = Draft {
        topic: TOPIC,
        properties: Properties::NONE,
        payload: &PAYLOAD,
        guarantee: Guarantee::AtLeastOnce,
        retain: false,
        expiry_seconds: None,
    };
    let arrived = Moment { at: Instant::now(), wall: SystemTime::now() };
    let stamp = Stamp { publisher: PublisherId(1), arrived, revision: 0 };
    let mut scratch = Vec::new();
    for receivers in [1, 10, 100] {
        let mut queue = Vec::with_capacity(receivers);
        per_message("Message", receivers, |receivers| {
            let message = Message::new(black_box(&draft), stamp, &mut scratch);
            queue.extend((0..receivers).map(|_| message.clone()));
            black_box(&queue);
            queue.clear();
        });
        let mut queue = Vec::with_capacity(receivers);
        per_message("Bytes", receivers, |receivers| {
            let draft = black_box(&draft);
            let topic = Bytes::copy_from_slice(draft.topic.as_bytes());
            let payload = Bytes::copy_from_slice(draft.payload);
            queue.extend((0..receivers).map(|_| (topic.clone(), payload.clone())));
            black_box(&queue);
            queue.clear();
        });
    }
    println!("a handle: Message {} bytes, two Bytes {} bytes", size_of::<Message>(), 2 * size_of::<Bytes>());
}
