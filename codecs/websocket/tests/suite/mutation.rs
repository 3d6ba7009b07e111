//! Many generated streams and requests. `WEBSOCKET_CODEC_INPUTS` says how many, `WEBSOCKET_CODEC_SEED` from which
//! seed.

use websocket_codec::{Accepts, Parsed, Request, Rules};

use crate::generate::{Random, damage, pieces, stream};
use crate::outcome::{decode, unframe};
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
    let kinds = [Accepts::Binary, Accepts::Text, Accepts::Both, Accepts::Both];
    let (good, inputs) = each(|random| {
        let mut bytes = stream(random);
        damage(random, &mut bytes);
        let max = [16, 200, 1 << 24][random.below(3)];
        let rules = Rules { accepts: kinds[random.below(4)], max_frame: max, max_message: max * 2 };
        let whole = decode(&rules, [&bytes[..]]);
        let cut = decode(&rules, pieces(random, &bytes));
        assert_eq!(cut.clone().settled(), whole.clone().settled());
        assert!(cut.payload().starts_with(&whole.payload()));
        let (payload, controls, error) = unframe(&rules, pieces(random, &bytes));
        assert_eq!((controls, error), (whole.controls(), whole.error));
        assert!(payload.starts_with(&whole.payload()));
        whole.error.is_none()
    });
    // The inputs reach both ends.
    assert!(good >= inputs / 10 && inputs - good >= inputs / 10);
}

#[test]
fn requests_are_judged_alike_however_they_come() {
    let good = text("GET /mqtt HTTP/1.1", &GOOD).into_bytes();
    let (good, inputs) = each(|random| {
        let mut bytes = good.clone();
        damage(random, &mut bytes);
        let whole = Request::parse(&bytes);
        let part = Request::parse(&bytes[..random.below(bytes.len() + 1)]);
        match (&part, &whole) {
            (Parsed::NeedMore, _) => {}
            (Parsed::Refused(part), Parsed::Refused(whole)) => assert_eq!(part, whole),
            (Parsed::Request { consumed: part, .. }, Parsed::Request { consumed: whole, .. }) => {
                assert_eq!(part, whole);
            }
            _ => panic!("{part:?}, then {whole:?}"),
        }
        match whole {
            Parsed::NeedMore => false,
            Parsed::Refused(refusal) => refusal.response().starts_with(b"HTTP/1.1 101"),
            Parsed::Request { request, .. } => match request.accept(&policy()) {
                Ok(accepted) => {
                    assert!(accepted.response.is_ascii() && accepted.response.ends_with(b"\r\n\r\n"));
                    true
                }
                Err(refusal) => refusal.response().starts_with(b"HTTP/1.1 101"),
            },
        }
    });
    assert!(good >= inputs / 10 && inputs - good >= inputs / 10);
}
