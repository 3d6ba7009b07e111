//! The corpus of the fuzz targets, replayed on stable: some frames and requests to begin with, and what fuzzing
//! found.

use std::path::PathBuf;

use crate::invariants::{check_frames, check_request};
use crate::upgrade::policy;

/// Replays a target's files; gives how many were in order, and how many not.
fn replay(target: &str, check: impl Fn(&[u8]) -> bool) -> [usize; 2] {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut counts = [0; 2];
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        println!("{}", path.display());
        counts[usize::from(!check(&std::fs::read(path).unwrap()))] += 1;
    }
    counts
}

#[test]
fn frames() {
    let counts = replay("frames", check_frames);
    assert!(counts.iter().all(|count| *count >= 5), "{counts:?}");
}

#[test]
fn requests() {
    let counts = replay("request", |input| check_request(input, &policy()));
    assert!(counts.iter().all(|count| *count >= 2), "{counts:?}");
}
