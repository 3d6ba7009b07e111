//! Many generated streams and requests. `WEBSOCKET_CODEC_INPUTS` says how many, `WEBSOCKET_CODEC_SEED` from which
//! seed.

use crate::generate::{Random, damage, stream};
use crate::invariants::{check_frames, check_request};
use crate::upgrade::{GOOD, policy, text};

const INPUTS: u64 = 20_000;
const SEED: u64 = 0x7469_6465_6761_7465;

fn from_env(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.replace('_', "").parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")),
        Err(_) => default,
    }
}

/// Runs `check` on every input; gives how many it found to be in order.
fn each(check: impl Fn(&mut Random) -> bool + std::panic::RefUnwindSafe) -> (u64, u64) {
    let (inputs, seed) = (from_env("WEBSOCKET_CODEC_INPUTS", INPUTS), from_env("WEBSOCKET_CODEC_SEED", SEED));
    println!("{inputs} inputs, seed {seed}");
    let mut good = 0;
    for number in 0..inputs {
        let run = || check(&mut Random::new(seed ^ number.wrapping_mul(0xD134_2543_DE82_EF95)));
        match std::panic::catch_unwind(run) {
            Ok(was_good) => good += u64::from(was_good),
            Err(panic) => {
                println!("seed {seed}, input {number}");
                std::panic::resume_unwind(panic);
            }
        }
    }
    println!("{good} were in order");
    (good, inputs)
}

#[test]
fn streams_are_judged_alike_however_they_are_cut() {
    let (good, inputs) = each(|random| {
        let mut bytes = stream(random);
        damage(random, &mut bytes);
        bytes.insert(0, random.byte());
        check_frames(&bytes)
    });
    // The inputs reach both ends.
    assert!(good >= inputs / 10 && inputs - good >= inputs / 10);
}

#[test]
fn requests_are_judged_alike_however_they_come() {
    let request = text("GET /mqtt HTTP/1.1", &GOOD).into_bytes();
    let (good, inputs) = each(|random| {
        let mut bytes = request.clone();
        damage(random, &mut bytes);
        bytes.insert(0, random.byte());
        check_request(&bytes, &policy())
    });
    assert!(good >= inputs / 10 && inputs - good >= inputs / 10);
}
