//! `cargo +nightly fuzz run frames`: any input, held to the invariants that the stable tests use; what its first byte
//! says stands there. What it finds goes into `corpus/frames`, which the stable tests replay.

#![no_main]
#![allow(dead_code, reason = "the tests' modules, of which a target needs a part")]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/suite/invariants.rs"]
mod invariants;
#[path = "../../tests/suite/outcome.rs"]
mod outcome;
#[path = "../../tests/suite/upgrade.rs"]
mod upgrade;

fuzz_target!(|input: &[u8]| {
    invariants::check_frames(input);
});
