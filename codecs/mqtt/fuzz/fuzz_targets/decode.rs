//! `cargo +nightly fuzz run decode`: any input, held to the invariants that the stable tests use. The first
//! byte of an input says who decodes on which connection; see `invariants`. What it finds goes into
//! `corpus/decode`, which the stable tests replay.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/suite/invariants.rs"]
mod invariants;

fuzz_target!(|input: &[u8]| {
    invariants::check(input);
});
