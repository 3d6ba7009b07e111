use std::time::Duration;

use super::*;
use crate::{Bucket, Rate};

fn second(n: u64) -> Tick {
    Tick(n * 1_000_000_000)
}

#[test]
fn what_was_used_is_known_until_it_came_back() {
    let names = PerName::<Bucket>::new(1_000);
    let rate = Rate::new(10, Duration::from_secs(100), 10).unwrap();
    names.with(&(0_u16, "pump"), &rate, second(0), |bucket| bucket.charge(&rate, second(0), 10));
    names.sweep(&rate, second(99));
    let wait = |name| names.known(&name, |bucket| bucket.take(&rate, second(50), 10));
    assert!(matches!(wait((0_u16, "pump")), Some(Err(_))));
    assert!(wait((1_u16, "pump")).is_none() && wait((0_u16, "pomp")).is_none(), "others");
    names.sweep(&rate, second(100));
    assert!(names.is_empty());
}

#[test]
fn a_flood_of_names_stays_within_the_table_and_frees_nobody() {
    let names = PerName::<Bucket>::new(256);
    let rate = Rate::new(10, Duration::from_secs(100), 10).unwrap();
    let charge = |name: &str, cost| {
        names.with(&name, &rate, second(0), |bucket| bucket.charge(&rate, second(0), cost));
    };
    charge("busy", 1_000);
    (0..20_000).for_each(|n| charge(&format!("made-up-{n}"), 1));
    assert!(names.len() <= 256 && names.forgotten() > 0);
    assert!(
        names.known(&"busy", |bucket| bucket.wait(&rate, second(0))).unwrap() > Duration::from_secs(1_000)
    );
}
