use super::*;

fn second(n: u64) -> Tick {
    Tick(n * 1_000_000_000)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn failures() -> Failures {
    Failures::new(AddressBounds::default())
}

/// A device tries and fails as often as it is let; whether it was let, and what came of it.
fn attempt(
    failures: &Failures,
    rules: &FailureRules,
    user: &str,
    now: Tick,
) -> Result<Option<Counted>, Counted> {
    let nat = ip("192.0.2.1");
    failures.may_try(rules, nat, Some(user), now).map_err(|away| away.by)?;
    Ok(failures.failed(rules, nat, Some(user), now).map(|away| away.by))
}

#[test]
fn one_bad_device_behind_a_nat_turns_itself_away_and_nobody_else() {
    let (failures, rules) = (failures(), FailureRules::default());
    let asked = (0..3600).filter(|n| attempt(&failures, &rules, "bad", second(*n)).is_ok()).count();
    assert_eq!(asked, 120, "ten in five minutes and ten seconds, for an hour");
    assert!((0..3600).all(|n| failures.may_try(&rules, ip("192.0.2.1"), Some("good"), second(n)).is_ok()));
}

#[test]
fn a_slow_bad_device_is_never_turned_away() {
    let (failures, rules) = (failures(), FailureRules::default());
    assert!((0..1000).all(|n| attempt(&failures, &rules, "bad", second(n * 7)).is_ok()));
}

#[test]
fn thirty_bad_devices_are_one_too_many_for_the_address() {
    let (failures, rules) = (failures(), FailureRules::default());
    let honest = |now| failures.may_try(&rules, ip("192.0.2.1"), Some("good"), now);
    for device in 0..29 {
        let user = format!("bad-{device}");
        assert_eq!((0..60).filter(|n| attempt(&failures, &rules, &user, second(*n)).is_ok()).count(), 10);
    }
    assert!(honest(second(60)).is_ok(), "290 failures");
    let last = (0..10).map(|_| attempt(&failures, &rules, "bad-30", second(60))).last();
    assert_eq!(last, Some(Ok(Some(Counted::Address))));
    let away = honest(second(61)).expect_err("300 failures");
    assert_eq!(away, TurnedAway { left: Duration::from_secs(299), by: Counted::Address });
    assert!(failures.may_try(&rules, ip("192.0.2.2"), Some("good"), second(61)).is_ok(), "elsewhere");
    assert!(honest(second(360)).is_ok());
}

#[test]
fn a_good_login_clears_the_pair_and_only_the_pair() {
    let (failures, rules) = (failures(), FailureRules::default());
    let nat = ip("192.0.2.1");
    for n in 0..299 {
        assert_eq!(attempt(&failures, &rules, "fleet", second(n / 10)), Ok(None));
        if n % 5 == 0 {
            failures.succeeded(nat, Some("fleet"));
        }
    }
    assert_eq!(attempt(&failures, &rules, "other", second(30)), Ok(Some(Counted::Address)));
    failures.succeeded(nat, Some("fleet"));
    assert!(
        failures.may_try(&rules, nat, Some("fleet"), second(31)).is_err(),
        "a success washes nothing off"
    );
}

#[test]
fn a_success_does_not_end_what_the_pair_is_turned_away_for() {
    let (failures, rules) = (failures(), FailureRules::default());
    assert!((0..10).all(|_| attempt(&failures, &rules, "eve", second(1)).is_ok()));
    failures.succeeded(ip("192.0.2.1"), Some("eve"));
    assert_eq!(attempt(&failures, &rules, "eve", second(2)), Err(Counted::Pair));
}

#[test]
fn no_user_name_is_not_an_empty_one() {
    let (failures, rules) = (failures(), FailureRules::default());
    let here = ip("192.0.2.1");
    assert_eq!((0..10).filter(|_| failures.failed(&rules, here, None, second(1)).is_some()).count(), 1);
    assert!(failures.may_try(&rules, here, None, second(1)).is_err());
    assert!(failures.may_try(&rules, here, Some(""), second(1)).is_ok());
}

#[test]
fn the_spared_and_the_switched_off_are_not_turned_away() {
    let one = Threshold { count: 1, window: Duration::from_secs(1), keep_out: Duration::from_secs(1) };
    let spared = FailureRules {
        by_pair: Some(one),
        by_address: Some(one),
        spared: vec!["192.0.2.0/24".parse().unwrap()],
    };
    let pair_only = FailureRules { by_address: None, spared: Vec::new(), ..spared.clone() };
    let failures = failures();
    for rules in [&spared, &FailureRules::off()] {
        assert!((0..100).all(|_| attempt(&failures, rules, "eve", second(1)) == Ok(None)));
    }
    let mapped = ip("::ffff:192.0.2.9");
    assert!(failures.failed(&spared, mapped, None, second(1)).is_none());
    assert_eq!(attempt(&failures, &pair_only, "eve", second(1)), Ok(Some(Counted::Pair)));
    assert_eq!(attempt(&failures, &pair_only, "adam", second(1)), Ok(Some(Counted::Pair)));
}

#[test]
fn a_flood_of_user_names_and_prefixes_frees_nobody() {
    let failures = Failures::new(AddressBounds { entries: 512, ..AddressBounds::default() });
    let rules = FailureRules::default();
    assert!((0..10).all(|_| attempt(&failures, &rules, "eve", second(1)).is_ok()));
    for n in 0..20_000_u128 {
        let from = IpAddr::from((0x2001_0db8_u128 << 96 | n << 64).to_be_bytes());
        let user = format!("made-up-{n}");
        assert!(failures.may_try(&rules, from, Some(&user), second(2)).is_ok());
        failures.failed(&rules, from, Some(&user), second(2));
    }
    assert_eq!(attempt(&failures, &rules, "eve", second(3)), Err(Counted::Pair));
    assert!(failures.forgotten() > 0);
    failures.sweep([&rules, &FailureRules::off()], second(1000));
    assert!(failures.addresses.is_empty() && failures.pairs.len() == 0);
}

#[test]
fn one_sweep_for_all_rules_drops_nothing_that_any_of_them_counts() {
    let rules = FailureRules { by_pair: None, ..FailureRules::default() };
    for other in [FailureRules::off(), FailureRules::default(), rules.clone()] {
        let failures = failures();
        for n in 0..299 {
            assert_eq!(attempt(&failures, &rules, "eve", second(n)), Ok(None));
            failures.sweep([&rules, &other], second(n));
            failures.sweep([&other, &rules], second(n));
        }
        assert_eq!(attempt(&failures, &rules, "eve", second(299)), Ok(Some(Counted::Address)));
    }
}

#[test]
fn an_address_alone_is_turned_away_only_as_a_whole() {
    let (failures, rules) = (failures(), FailureRules::default());
    let here = ip("192.0.2.1");
    assert!((0..10).all(|_| attempt(&failures, &rules, "eve", second(1)).is_ok()));
    assert_eq!(attempt(&failures, &rules, "eve", second(1)), Err(Counted::Pair));
    assert!(failures.may_connect(&rules, here, second(1)).is_ok());
    for n in 0..290 {
        let _away = attempt(&failures, &rules, &format!("made-up-{n}"), second(1));
    }
    assert!(failures.may_connect(&rules, here, second(2)).is_err());
    let spared = FailureRules { spared: vec!["192.0.2.0/24".parse().unwrap()], ..rules };
    assert!(failures.may_connect(&spared, here, second(2)).is_ok());
}
