use proptest::prelude::*;

use super::*;

/// Worth what was put into it.
#[derive(Debug, Default)]
struct Grain(u64);

impl Worth for Grain {
    type Rule = ();

    fn worth(&self, (): &(), _: Tick) -> u64 {
        self.0
    }
}

fn key(name: u64) -> Key {
    u128::from(name).to_be_bytes()
}

fn add(table: &Table<Grain>, name: u64, worth: u64) -> u64 {
    table.with(key(name), &(), Tick(0), |grain, _| {
        grain.0 += worth;
        grain.0
    })
}

/// Every entry is found where the index says, and nothing else is in the index.
fn is_sound(table: &Table<Grain>) -> bool {
    table.shards.iter().all(|shard| {
        let shard = shard.lock();
        let found = |(at, slot): (usize, &Slot<Grain>)| {
            shard.find(table.hash.hash_one(slot.key), &slot.key) == Some(at)
        };
        shard.index.len() == shard.slots.len()
            && shard.slots.len() <= shard.most
            && shard.slots.iter().enumerate().all(found)
    })
}

#[test]
fn what_is_worth_nothing_goes_first_and_the_dear_stays() {
    let table = Table::new(16);
    for name in 0..16 {
        add(&table, name, if name == 3 { 0 } else { 100 + name });
    }
    add(&table, 100, 1);
    assert_eq!((table.len(), table.forgotten()), (16, 0));
    assert!(table.known(key(3), |_, _| ()).is_none());
    add(&table, 101, 1);
    assert_eq!((table.len(), table.forgotten()), (16, 1));
    assert!(table.known(key(100), |_, _| ()).is_none(), "worth the least");
    assert!((0..16).filter(|name| *name != 3).all(|name| table.known(key(name), |_, _| ()).is_some()));
}

#[test]
fn a_flood_does_not_grow_it_nor_drive_out_the_dear() {
    let table = Table::new(1024);
    add(&table, 0, 1_000_000);
    for name in 1..200_000 {
        assert_eq!(add(&table, name, 1), 1);
    }
    assert_eq!(add(&table, 0, 0), 1_000_000);
    assert!(table.len() <= 1024 && table.len() > 900);
    assert!(is_sound(&table));
}

#[test]
fn an_entry_that_comes_back_has_another_birth() {
    let table: Table<Grain> = Table::new(1);
    let birth = |name| table.with(key(name), &(), Tick(0), |_, birth| birth);
    let first = birth(1);
    assert_eq!(birth(1), first);
    birth(2);
    assert_ne!(birth(1), first);
}

#[test]
fn sweeping_gives_memory_back() {
    let table = Table::new(10_000);
    for name in 0..10_000 {
        add(&table, name, u64::from(name % 1000 == 0));
    }
    table.sweep(&(), Tick(0));
    assert_eq!(table.len(), 10);
    assert!(table.shards.iter().all(|shard| shard.lock().slots.capacity() < 16));
    assert!(is_sound(&table));
}

proptest! {
    #[test]
    fn with_room_it_is_a_map(calls in prop::collection::vec((0..40_u64, 0..5_u64, any::<bool>()), 0..200)) {
        let table = Table::new(640);
        let mut model = std::collections::HashMap::new();
        for (name, worth, sweep) in calls {
            *model.entry(name).or_insert(0) += worth;
            prop_assert_eq!(add(&table, name, worth), model[&name]);
            if sweep {
                table.sweep(&(), Tick(0));
                model.retain(|_, worth| *worth > 0);
            }
            prop_assert_eq!(table.len(), model.len());
        }
    }

    #[test]
    fn without_room_it_stays_sound(
        most in 1..9_usize,
        calls in prop::collection::vec((0..40_u64, 0..3_u64, prop::bool::weighted(0.1)), 0..200),
    ) {
        let table = Table::new(most);
        for (name, worth, sweep) in calls {
            add(&table, name, worth);
            prop_assert!(sweep || table.known(key(name), |_, _| ()).is_some(), "the newest is in");
            if sweep {
                table.sweep(&(), Tick(0));
            }
            prop_assert!(is_sound(&table) && table.len() <= most);
        }
    }
}

#[test]
fn entries_are_as_small_as_the_crate_says() {
    use crate::addresses::Open;
    use crate::tally::Tally;
    assert_eq!(size_of::<crate::Bucket>(), 16);
    assert_eq!(size_of::<Slot<crate::Bucket>>(), 40);
    assert_eq!(size_of::<Slot<Open>>(), 24);
    assert_eq!(size_of::<Slot<Tally>>(), 48);
    assert_eq!(size_of::<crate::Seat>(), 32);
}
