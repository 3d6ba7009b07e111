use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::*;

/// Occupies the pool's only thread until the sender is dropped.
pub(crate) fn occupy(pool: &HashPool) -> SyncSender<()> {
    // Nothing is ever sent: dropping the sender opens the gate.
    let (gate, blocked) = sync_channel::<()>(1);
    let (begun, wait) = sync_channel(1);
    let job = move |_: Chance| {
        begun.send(()).unwrap();
        blocked.recv().unwrap_err();
    };
    pool.give("192.0.2.99".parse().unwrap(), None, Box::new(job));
    wait.recv().unwrap();
    gate
}

fn address(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

/// Gives `jobs` jobs that report who they are and what became of them.
fn give(pool: &HashPool, last: u8, jobs: usize, reports: &SyncSender<(u8, Chance)>) {
    for _ in 0..jobs {
        let reports = reports.clone();
        pool.give(address(last), None, Box::new(move |chance| reports.send((last, chance)).unwrap()));
    }
}

fn all(reports: &Receiver<(u8, Chance)>) -> Vec<(u8, Chance)> {
    reports.iter().collect()
}

#[test]
fn honest_addresses_have_room_and_turns_beside_a_flood() {
    let pool = HashPool::start(1, 16).unwrap();
    let gate = occupy(&pool);
    let (reports, seen) = sync_channel(2_000);
    give(&pool, 1, 1_000, &reports);
    assert!(!pool.has_room(address(1)));
    for honest in 2..6 {
        assert!(pool.has_room(address(honest)));
        give(&pool, honest, 1, &reports);
    }
    drop((gate, pool, reports));
    let seen = all(&seen);
    let (refused, served): (Vec<_>, Vec<_>) = seen.into_iter().partition(|(_, what)| *what == Chance::Never);
    assert_eq!(refused.len(), 1_000 - 8);
    assert!(refused.iter().all(|(who, _)| *who == 1));
    let order: Vec<u8> = served.into_iter().map(|(who, _)| who).collect();
    assert_eq!(order, [1, 2, 3, 4, 5, 1, 1, 1, 1, 1, 1, 1]);
}

#[test]
fn a_job_that_fails_takes_no_thread_with_it() {
    let pool = HashPool::start(1, 16).unwrap();
    let gate = occupy(&pool);
    pool.give(address(1), None, Box::new(|_| panic!("on purpose")));
    let (reports, seen) = sync_channel(1);
    give(&pool, 2, 1, &reports);
    drop((gate, reports));
    assert_eq!(all(&seen), [(2, Chance::Now)]);
    drop(pool);
}

/// Who has waited too long is told so before anybody gets a turn, wherever in the queue he stands.
#[test]
fn late_ones_are_answered_first() {
    let pool = HashPool::start(1, 64).unwrap();
    let gate = occupy(&pool);
    let (reports, seen) = sync_channel(64);
    give(&pool, 1, 2, &reports);
    give(&pool, 2, 2, &reports);
    for who in [3, 3, 4] {
        let reports = reports.clone();
        let job = Box::new(move |chance| reports.send((who, chance)).unwrap());
        pool.give(address(who), Some(Instant::now()), job);
    }
    drop((gate, pool, reports));
    let seen = all(&seen);
    assert!(seen[..3].iter().all(|(who, chance)| *who > 2 && *chance == Chance::Never), "{seen:?}");
    assert_eq!(seen[3..].iter().map(|(who, _)| *who).collect::<Vec<_>>(), [1, 2, 1, 2]);
}
