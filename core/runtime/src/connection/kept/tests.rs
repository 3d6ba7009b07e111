use super::*;

fn budget(limit: usize) -> Arc<InputBudget> {
    Arc::new(InputBudget::new(limit))
}

#[test]
fn a_buffer_counts_with_what_it_has_allocated_and_grows_with_what_came() {
    let budget = budget(4 << 20);
    let mut kept = Kept::default();
    let need = 300_000;
    let mut came = 0;
    while came < need - 1_000 {
        kept.append(&budget, &[1; 1_000], need).unwrap();
        came += 1_000;
        assert_eq!((kept.len(), budget.taken()), (came, kept.bytes.capacity()));
        assert!(budget.taken() <= (2 * came).min(need), "{} bytes for {came}", budget.taken());
    }
    assert_eq!(kept.take().len(), came);
    assert_eq!((kept.len(), budget.taken()), (0, 0));
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let budget = budget(10_000);
    let (mut first, mut second) = (Kept::default(), Kept::default());
    first.append(&budget, &[1; 6_000], 1 << 20).unwrap();
    assert_eq!(second.append(&budget, &[2; 4_001], 1 << 20), Err(Full));
    assert_eq!((second.len(), budget.taken()), (0, 6_000));
    second.append(&budget, &[2; 4_000], 1 << 20).unwrap();
    assert_eq!(second.append(&budget, &[2; 1], 1 << 20), Err(Full));
    drop(first);
    second.append(&budget, &[2; 1], 1 << 20).unwrap();
    assert_eq!(budget.taken(), 8_000);
    drop(second);
    assert_eq!(budget.taken(), 0);
}

#[test]
fn threads_never_take_more_than_there_is() {
    let budget = budget(5_000);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..2_000 {
                    let mut kept = Kept::default();
                    if kept.append(&budget, &[0; 2_000], 2_000).is_ok() {
                        assert!(budget.taken() <= 5_000);
                    }
                }
            });
        }
    });
    assert_eq!(budget.taken(), 0);
}

#[test]
fn those_who_never_end_their_packets_leave_room_for_the_others() {
    let budget = budget(256 << 20);
    let mut attackers: Vec<_> = (0..100).map(|_| Kept::default()).collect();
    let piece = vec![0; 64 << 10];
    for _ in 0..256 {
        for attacker in &mut attackers {
            attacker.append(&budget, &piece, 16 << 20).ok();
        }
    }
    let mut other = Kept::default();
    for _ in 0..16 {
        other.append(&budget, &piece, 1 << 20).unwrap();
    }
    assert!(budget.taken() < 256 << 20);
}
