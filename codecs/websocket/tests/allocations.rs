//! Reading frames allocates nothing, but for a control frame that comes in pieces, and that is given back.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use websocket_codec::{Decoder, Rules};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// A fragmented message with a Ping in it; the mask is zero.
const FRAMES: &[u8] = b"\x02\x83\0\0\0\0abc\x89\x84\0\0\0\0ping\x80\x81\0\0\0\0d\x82\x80\0\0\0\0";

fn main() {
    let frames = FRAMES;
    let rules = Rules::default();
    let mut decoder = Decoder::new();
    let mut buffer = frames.to_vec();
    let region = Region::new(ALLOCATOR);
    let mut pings = 0;
    for _ in 0..100 {
        buffer.copy_from_slice(frames);
        let unframed = decoder.unframe(&rules, &mut buffer, |_| pings += 1);
        assert_eq!((unframed.len, unframed.error), (4, None));
    }
    let change = region.change();
    assert_eq!((change.allocations, change.reallocations, pings), (0, 0, 100));

    let (mut most, mut held) = (0, 0);
    for _ in 0..100 {
        buffer.copy_from_slice(frames);
        for byte in buffer.chunks_mut(1) {
            assert_eq!(decoder.unframe(&rules, byte, |_| pings += 1).error, None);
            let change = region.change();
            held = change.bytes_allocated - change.bytes_deallocated;
            most = most.max(held);
        }
    }
    assert_eq!((held, pings), (0, 200));
    assert!((1..=133).contains(&most), "{most} bytes were held");
}
