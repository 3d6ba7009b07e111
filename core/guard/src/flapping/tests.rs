use super::*;

const RULE: Threshold =
    Threshold { count: 3, window: Duration::from_secs(60), keep_out: Duration::from_secs(300) };
const WALL: SystemTime = SystemTime::UNIX_EPOCH;

fn second(n: u64) -> Tick {
    Tick(n * 1_000_000_000)
}

fn flapping() -> Flapping {
    Flapping::new(AddressBounds::default())
}

#[test]
fn the_third_in_a_minute_is_banned() {
    let flapping = flapping();
    let note = |at| flapping.note_client(&RULE, "pump-7", second(at), WALL);
    assert_eq!((note(100), note(110)), (None, None));
    assert_eq!(flapping.note_client(&RULE, "pump-8", second(115), WALL), None, "another client");
    let ban = note(159).expect("the third");
    assert_eq!(ban.what.to_string(), "client:pump-7");
    assert_eq!(ban.until, Some(WALL + RULE.keep_out));
    assert_eq!(ban.why.as_str(), "3 connections ended within 60s");
    assert!(ban.automatic && ban.by.as_str() == "flapping");
    assert_eq!((note(159), note(160)), (None, None), "counting begins anew");
}

#[test]
fn the_window_ends_a_minute_after_the_first() {
    let flapping = flapping();
    let note = |at| flapping.note_client(&RULE, "pump-7", second(at), WALL).is_some();
    assert!(!note(0) && !note(59));
    assert!(!note(60), "the first of the next window");
    assert!(!note(61));
    assert!(note(62));
}

#[test]
fn who_comes_too_often_steadily_is_found() {
    let flapping = flapping();
    let banned = (0..10).find(|n| flapping.note_client(&RULE, "pump-7", second(n * 20), WALL).is_some());
    assert_eq!(banned, Some(2), "three within forty seconds");
    let rarely = (0..100).find(|n| flapping.note_client(&RULE, "pump-8", second(n * 30), WALL).is_some());
    assert_eq!(rarely, None, "two a minute is as often as it may");
}

#[test]
fn addresses_are_banned_by_prefix_and_are_no_clients() {
    let flapping = flapping();
    let note = |address: &str| flapping.note_address(&RULE, address.parse().unwrap(), second(1), WALL);
    assert!(note("192.0.2.1").is_none() && note("::ffff:192.0.2.1").is_none());
    assert!(flapping.note_client(&RULE, "192.0.2.1", second(1), WALL).is_none());
    assert_eq!(note("192.0.2.1").map(|ban| ban.what.to_string()).as_deref(), Some("address:192.0.2.1"));
    assert!(note("2001:db8::1").is_none() && note("2001:db8::2").is_none());
    assert_eq!(note("2001:db8::3").map(|ban| ban.what.to_string()).as_deref(), Some("network:2001:db8::/64"));
}

#[test]
fn a_flood_of_names_hides_nobody() {
    let flapping = Flapping::new(AddressBounds { entries: 256, ..AddressBounds::default() });
    assert!((0..2).all(|_| flapping.note_client(&RULE, "pump-7", second(1), WALL).is_none()));
    for n in 0..50_000 {
        assert!(flapping.note_client(&RULE, &format!("made-up-{n}"), second(1), WALL).is_none());
    }
    assert!(flapping.len() <= 256);
    assert!(flapping.note_client(&RULE, "pump-7", second(2), WALL).is_some());
    flapping.sweep([&RULE], second(100));
    assert!(flapping.is_empty());
}

#[test]
fn a_count_of_one_or_none_means_the_first() {
    let rule = Threshold { count: 1, ..RULE };
    assert!(flapping().note_client(&rule, "pump-7", second(1), WALL).is_some());
    assert!(flapping().note_client(&Threshold { count: 0, ..RULE }, "pump-7", second(1), WALL).is_some());
}

#[test]
fn what_one_rule_counts_outlives_the_sweep_for_all_of_them() {
    let flapping = flapping();
    let (short, none) = (Threshold { window: Duration::from_secs(1), ..RULE }, []);
    assert!((0..2).all(|_| flapping.note_client(&RULE, "pump-7", second(0), WALL).is_none()));
    for order in [[&short, &RULE], [&RULE, &short]] {
        flapping.sweep(order, second(30));
    }
    assert!(flapping.note_client(&RULE, "pump-7", second(59), WALL).is_some());
    assert!(flapping.note_client(&RULE, "pump-8", second(59), WALL).is_none());
    flapping.sweep(none, second(60));
    assert!(flapping.is_empty(), "nobody counts any more");
}
