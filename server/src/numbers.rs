//! Numbers that nobody can guess.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A number that never comes twice and that nobody can guess. When the system has no randomness left to give, it is
/// derived from what it gave when the process started, and from a counter.
pub(crate) fn unguessable() -> u128 {
    let mut bytes = [0; 16];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u128::from_ne_bytes(bytes),
        Err(_) => derived(),
    }
}

fn derived() -> u128 {
    static KEYS: LazyLock<(RandomState, RandomState)> = LazyLock::new(Default::default);
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let (high, low) = (KEYS.0.hash_one(number), KEYS.1.hash_one(number));
    u128::from(high) << 64 | u128::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_differ() {
        let numbers = [unguessable(), unguessable(), derived(), derived()];
        let different: std::collections::HashSet<u128> = numbers.into_iter().collect();
        assert_eq!(different.len(), 4);
    }
}
