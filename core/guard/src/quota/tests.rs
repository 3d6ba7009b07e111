use proptest::prelude::*;

use super::*;

const KINDS: [Kind; 4] = [Kind::Sessions, Kind::Subscriptions, Kind::RetainedMessages, Kind::RetainedBytes];

#[test]
fn a_hold_counts_until_it_is_dropped() {
    let (quotas, user) = (Arc::new(Quotas::new()), Text::from("eve"));
    let first = quotas.take(&user, Kind::Sessions, 1, 2).unwrap();
    let second = quotas.take(&user, Kind::Sessions, 1, 2).unwrap();
    let refused = quotas.take(&user, Kind::Sessions, 1, 2).unwrap_err();
    assert_eq!(refused, Exceeded { used: 2, limit: 2, wanted: 1 });
    assert!(quotas.take(&Text::from("adam"), Kind::Sessions, 1, 2).is_ok(), "another user");
    assert!(quotas.take(&user, Kind::Subscriptions, 1, 2).is_ok(), "another kind");
    drop(first);
    assert!(quotas.take(&user, Kind::Sessions, 1, 2).is_ok());
    drop(second);
    assert_eq!(quotas.users(), 0);
}

#[test]
fn one_hold_grows_and_shrinks() {
    let (quotas, user) = (Arc::new(Quotas::new()), Text::from("eve"));
    let mut hold = quotas.take(&user, Kind::Subscriptions, 0, 10).unwrap();
    assert_eq!(quotas.users(), 0, "nothing is nothing");
    hold.add(8, 10).unwrap();
    assert!(hold.add(3, 10).is_err());
    assert_eq!(hold.held(), 8);
    hold.give_back(3);
    assert_eq!(quotas.used(&user, Kind::Subscriptions), 5);
    hold.give_back(100);
    assert_eq!((hold.held(), quotas.users()), (0, 0));
}

#[test]
fn a_lowered_limit_refuses_more_and_takes_nothing_away() {
    let (quotas, user) = (Arc::new(Quotas::new()), Text::from("eve"));
    let hold = quotas.take(&user, Kind::RetainedBytes, 1000, u64::MAX).unwrap();
    assert!(quotas.take(&user, Kind::RetainedBytes, 1, 500).is_err());
    assert!(quotas.take(&user, Kind::RetainedBytes, u64::MAX, u64::MAX).is_err(), "no overflow");
    assert_eq!(hold.held(), 1000);
}

#[test]
fn threads_never_pass_the_limit_and_leave_nothing() {
    let (quotas, user) = (Arc::new(Quotas::new()), Text::from("eve"));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10_000 {
                    let hold = quotas.take(&user, Kind::Sessions, 1, 2);
                    assert!(quotas.used(&user, Kind::Sessions) <= 2);
                    drop(hold);
                }
            });
        }
    });
    assert_eq!(quotas.users(), 0);
}

proptest! {
    #[test]
    fn counts_are_the_sum_of_the_holds(
        calls in prop::collection::vec((0..3_u8, 0..4_usize, 0..20_u64, 0..40_u64, any::<prop::sample::Index>()), 0..100)
    ) {
        let quotas = Arc::new(Quotas::new());
        let mut holds: Vec<Hold> = Vec::new();
        for (user, kind, n, limit, index) in calls {
            let user = Text::from(user.to_string().as_str());
            let used = quotas.used(&user, KINDS[kind]);
            match quotas.take(&user, KINDS[kind], n, limit) {
                Ok(hold) => {
                    prop_assert!(used + n <= limit);
                    holds.push(hold);
                }
                Err(_) => prop_assert!(used + n > limit),
            }
            if n % 3 == 0 && !holds.is_empty() {
                drop(holds.swap_remove(index.index(holds.len())));
            }
            let held = |hold: &&Hold| hold.user == user && hold.kind == KINDS[kind];
            let sum: u64 = holds.iter().filter(held).map(Hold::held).sum();
            prop_assert_eq!(quotas.used(&user, KINDS[kind]), sum);
        }
        drop(holds);
        prop_assert_eq!(quotas.users(), 0);
    }
}
