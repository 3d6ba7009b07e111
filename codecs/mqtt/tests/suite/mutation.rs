//! Many generated inputs through the codec. `MQTT_CODEC_INPUTS` says how many (the long tier: 100 million, in a
//! release build), `MQTT_CODEC_SEED` from which seed.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::generate::{Random, generate, seeds};
use crate::invariants::{Outcome, check};

const INPUTS: u64 = 200_000;
const SEED: u64 = 0x7469_6465_6761_7465;
/// Inputs from one seed; the unit that threads take.
const BATCH: u64 = 10_000;

pub(crate) fn from_env(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.replace('_', "").parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")),
        Err(_) => default,
    }
}

/// One batch; returns how many inputs were packets and how many were refused.
fn run(seed: u64, batch: u64, count: u64, seeds: &[Vec<u8>]) -> (u64, u64) {
    let mut random = Random::new(seed ^ batch.wrapping_mul(0xD134_2543_DE82_EF95));
    let (mut packets, mut refused) = (0, 0);
    let mut input = Vec::new();
    for number in 0..count {
        generate(&mut random, seeds, &mut input);
        let outcome = std::panic::catch_unwind(|| check(&input)).unwrap_or_else(|panic| {
            println!("seed {seed}, batch {batch}, input {number}: {input:02X?}");
            std::panic::resume_unwind(panic)
        });
        match outcome {
            Outcome::Packet => packets += 1,
            Outcome::Refused => refused += 1,
            Outcome::NeedMore => {}
        }
    }
    (packets, refused)
}

#[test]
fn holds_for_generated_inputs() {
    let inputs = from_env("MQTT_CODEC_INPUTS", INPUTS);
    let seed = from_env("MQTT_CODEC_SEED", SEED);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{inputs} inputs, seed {seed}, {threads} threads");
    let seeds = seeds();
    let (next, packets, refused) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let batch = next.fetch_add(1, Ordering::Relaxed);
                    let count = inputs.saturating_sub(batch * BATCH).min(BATCH);
                    if count == 0 {
                        return;
                    }
                    let (taken, not) = run(seed, batch, count, &seeds);
                    packets.fetch_add(taken, Ordering::Relaxed);
                    refused.fetch_add(not, Ordering::Relaxed);
                }
            });
        }
    });
    let (packets, refused) = (packets.into_inner(), refused.into_inner());
    println!("{packets} packets, {refused} refused, {} incomplete", inputs - packets - refused);
    // The inputs reach both ends: a generator that makes only rubbish, or nothing but packets, shows nothing.
    assert!(packets >= inputs / 10 && refused >= inputs / 10);
}
