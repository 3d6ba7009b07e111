mod keys;

use std::time::Duration;

use proptest::prelude::*;

use super::*;

const NOW: SystemTime = SystemTime::UNIX_EPOCH;

fn at(seconds: u64) -> SystemTime {
    NOW + Duration::from_secs(seconds)
}

fn key(text: &str) -> BanKey {
    text.parse().unwrap()
}

fn ban(what: &str, until: Option<u64>) -> Ban {
    Ban {
        what: key(what),
        until: until.map(at),
        why: Text::from("because"),
        by: Text::from("admin"),
        made: NOW,
        automatic: false,
    }
}

fn automatic(what: &str) -> Ban {
    Ban { automatic: true, ..ban(what, None) }
}

fn bans(all: &[&str]) -> Bans {
    let bans = Bans::default();
    all.iter().for_each(|what| assert_eq!(bans.set(ban(what, None), NOW), Ok(None)));
    bans
}

fn pump<'a>() -> Suspect<'a> {
    Suspect { client: Some("pump-7"), user: Some("eve"), address: Some([10, 1, 2, 3].into()) }
}

fn found(bans: &Bans, suspect: &Suspect<'_>) -> Option<String> {
    bans.find(suspect, NOW).map(|ban| ban.what.to_string())
}

#[test]
fn every_kind_is_found() {
    let all = [
        "client:pump-7",
        "user:eve",
        "address:10.1.2.3",
        "network:10.1.0.0/16",
        "client-pattern:p*-?",
        "user-pattern:e?e",
        "client-regex:^pump-[0-9]+$",
        "user-regex:v",
    ];
    for what in all {
        assert_eq!(found(&bans(&[what]), &pump()).as_deref(), Some(what));
        assert_eq!(found(&bans(&[what]), &Suspect::default()), None);
    }
    let nobody = Suspect { client: Some("x"), user: Some("y"), address: Some([192, 0, 2, 1].into()) };
    assert_eq!(found(&bans(&all), &nobody), None);
    let mut rest = bans(&all);
    for what in all {
        assert_eq!(found(&rest, &pump()).as_deref(), Some(what), "in this order");
        assert!(rest.lift(&key(what)).is_some());
    }
    assert!(rest.is_empty() && rest.find(&pump(), NOW).is_none());
    rest = Bans::default();
    assert!(rest.lift(&key("client:pump-7")).is_none());
}

#[test]
fn a_mapped_address_is_the_address() {
    let mapped = Suspect { address: Some("::ffff:10.1.2.3".parse().unwrap()), ..Suspect::default() };
    let all =
        ["address:10.1.2.3", "network:10.0.0.0/8", "network:::ffff:10.1.2.0/120", "address:::ffff:10.1.2.3"];
    for what in all {
        assert!(found(&bans(&[what]), &mapped).is_some(), "{what}");
    }
    assert!(found(&bans(&["network:::/0"]), &mapped).is_none(), "IPv4 is no IPv6");
}

#[test]
fn the_longest_network_that_holds_is_found() {
    let bans = bans(&["network:0.0.0.0/0", "network:10.1.2.0/24", "network:10.0.0.0/8"]);
    assert_eq!(found(&bans, &pump()).as_deref(), Some("network:10.1.2.0/24"));
    assert!(bans.lift(&key("network:10.1.2.0/24")).is_some());
    assert_eq!(found(&bans, &pump()).as_deref(), Some("network:10.0.0.0/8"));
}

#[test]
fn what_is_over_is_dropped_when_it_is_met() {
    let bans = Bans::default();
    for what in ["client:pump-7", "network:10.0.0.0/8", "client-pattern:p*"] {
        assert_eq!(bans.set(ban(what, Some(5)), NOW), Ok(None));
    }
    assert!(bans.find(&pump(), at(4)).is_some());
    assert_eq!(bans.len(), 3);
    assert!(bans.find(&pump(), at(5)).is_none());
    assert_eq!(bans.len(), 0);
}

#[test]
fn a_ban_is_replaced_and_the_old_one_answered() {
    let bans = bans(&["user:eve"]);
    let old = bans.set(ban("user:eve", Some(9)), NOW).unwrap().expect("the old one");
    assert_eq!((old.until, bans.len()), (None, 1));
    assert_eq!(bans.get(&key("user:eve")).unwrap().until, Some(at(9)));
}

#[test]
fn full_it_drops_what_is_over_and_then_refuses() {
    let bans = Bans::new(BanLimits { bans: 2, patterns: 1, bytes: 100 });
    assert_eq!(bans.set(ban("client:a", Some(1)), NOW), Ok(None));
    assert_eq!(bans.set(ban("client-pattern:b*", None), NOW), Ok(None));
    assert_eq!(bans.set(ban("client:c", None), NOW), Err(BanError::Full { limit: 2 }));
    assert_eq!(bans.set(ban("client:c", None), at(1)), Ok(None));
    assert!(bans.set(ban("client:c", Some(3)), at(1)).unwrap().is_some(), "replacing needs no room");
    assert!(bans.lift(&key("client:c")).is_some());
    assert_eq!(bans.set(ban("user-regex:b", None), at(1)), Err(BanError::TooManyPatterns { limit: 1 }));
    let long = ban(&format!("client:{}", "c".repeat(90)), None);
    assert_eq!(bans.set(long, at(1)), Err(BanError::TooLong { limit: 100 }));
    assert_eq!(bans.len(), 1);
}

#[test]
fn automatic_bans_leave_the_operator_room_and_his_bans_alone() {
    let bans = Bans::new(BanLimits { bans: 4, ..BanLimits::default() });
    assert_eq!(bans.set(ban("client:a", None), NOW), Ok(None));
    assert_eq!(bans.set(automatic("client:a"), NOW), Err(BanError::Stands));
    assert_eq!(bans.set(automatic("client:b"), NOW), Ok(None));
    assert_eq!(bans.set(automatic("client:c"), NOW), Ok(None));
    assert_eq!(bans.set(automatic("client:d"), NOW), Err(BanError::Full { limit: 2 }));
    assert!(bans.set(automatic("client:c"), NOW).unwrap().is_some(), "anew");
    assert!(bans.set(ban("client:c", None), NOW).unwrap().is_some(), "the operator makes it his");
    assert_eq!(bans.set(automatic("client:d"), NOW), Ok(None));
    assert_eq!(bans.set(ban("client:e", None), NOW), Err(BanError::Full { limit: 4 }));
}

#[test]
fn pages_follow_each_other() {
    let bans = Bans::default();
    for n in 0..25 {
        assert_eq!(bans.set(ban(&format!("client:{n:02}"), None), NOW), Ok(None));
        assert_eq!(bans.set(ban(&format!("network:10.{n}.0.0/16"), None), NOW), Ok(None));
    }
    let mut all: Vec<Arc<Ban>> = Vec::new();
    loop {
        let page = bans.list(all.last().map(|ban| &ban.what), 7);
        assert!(page.len() == 7 || all.len() + page.len() == 50);
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    assert!(all.is_sorted_by(|a, b| a.what < b.what));
    assert_eq!(all.len(), 50);
    assert!(bans.list(None, 0).is_empty());
}

#[test]
fn sweeping_answers_what_is_over() {
    let bans = Bans::default();
    assert!(bans.sweep(at(1)).is_empty());
    assert_eq!(bans.set(ban("client:a", Some(1)), NOW), Ok(None));
    assert_eq!(bans.set(ban("address:10.0.0.1", Some(1)), NOW), Ok(None));
    assert_eq!(bans.set(ban("client:b", Some(2)), NOW), Ok(None));
    let mut over: Vec<String> = bans.sweep(at(1)).iter().map(|ban| ban.what.to_string()).collect();
    over.sort();
    assert_eq!(over, ["address:10.0.0.1", "client:a"]);
    assert_eq!(bans.set(ban("client:c", Some(9)), NOW), Ok(None));
    assert_eq!((bans.sweep(at(2)).len(), bans.sweep(at(8)).len(), bans.sweep(at(9)).len()), (1, 0, 1));
    for (what, until) in [("client:d", 10), ("client:e", 12), ("client:f", 14)] {
        assert_eq!(bans.set(ban(what, Some(until)), NOW), Ok(None));
    }
    assert_eq!((bans.sweep(at(10)).len(), bans.sweep(at(12)).len(), bans.len()), (1, 1, 1));
}

#[test]
fn a_ban_made_anew_is_not_dropped_for_the_old_one() {
    let bans = bans(&["user:eve"]);
    let met = bans.set(ban("user:eve", Some(9)), NOW).unwrap().expect("the old one");
    bans.drop_met(&[met]);
    assert_eq!(bans.len(), 1);
}

proptest! {
    /// The tables find what a look at every single ban finds.
    #[test]
    fn finds_what_a_plain_list_finds(
        steps in prop::collection::vec((0..5_u8, keys::keys(), prop::option::of(0..20_u64)), 1..40),
        clients in prop::collection::vec((keys::names(), keys::names(), keys::addresses()), 1..10),
    ) {
        let bans = Bans::default();
        let mut list: Vec<Ban> = Vec::new();
        for (now, (what, key, until)) in steps.into_iter().enumerate() {
            let now = at(now as u64 / 2);
            list.retain(|ban| what == 4 || ban.what != key);
            match what {
                0 => drop(bans.lift(&key)),
                4 => drop(bans.sweep(now)),
                _ => {
                    let ban = Ban { what: key, until: until.map(at), ..ban("user:x", None) };
                    bans.set(ban.clone(), now).unwrap();
                    list.push(ban);
                }
            }
            for (client, user, address) in &clients {
                let suspect = Suspect { client: Some(client), user: Some(user), address: Some(*address) };
                let expected = list.iter().any(|ban| !ban.is_over(now) && ban.what.covers(&suspect));
                let found = bans.find(&suspect, now);
                prop_assert_eq!(found.is_some(), expected);
                prop_assert!(found.is_none_or(|ban| ban.what.covers(&suspect) && !ban.is_over(now)));
            }
            let held = list.iter().filter(|ban| !ban.is_over(now)).count();
            prop_assert!(bans.len() >= held);
            prop_assert_eq!(bans.list(None, 1000).len(), bans.len());
        }
        for ban in list {
            bans.lift(&ban.what);
        }
        bans.sweep(at(1000));
        prop_assert!(bans.is_empty() && bans.book.read().is_bare());
    }
}
