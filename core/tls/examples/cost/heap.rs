//! Bytes asked of the allocator and not given back.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Bytes of the heap that each of `count` things holds that `make` makes.
pub(crate) fn held<T>(count: u32, mut make: impl FnMut() -> T) -> usize {
    drop(make());
    let mut all = Vec::with_capacity(usize::try_from(count).unwrap());
    let region = Region::new(HEAP);
    for _ in 0..count {
        all.push(make());
    }
    let change = region.change();
    let bytes = change.bytes_allocated - change.bytes_deallocated;
    bytes / all.len()
}
