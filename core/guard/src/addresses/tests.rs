use std::sync::Arc;

use super::*;

const NOW: Tick = Tick(1_000_000_000);

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// The `n`th prefix of a /32.
fn prefix(n: u32) -> IpAddr {
    IpAddr::from((0x2001_0db8_u128 << 96 | u128::from(n) << 64 | 1).to_be_bytes())
}

fn hourly(burst: u64) -> Rate {
    Rate::new(1, Duration::from_secs(3600), burst).unwrap()
}

fn small(entries: usize) -> AddressBounds {
    AddressBounds { entries, ..AddressBounds::default() }
}

#[test]
fn an_address_is_its_canonical_form_or_prefix() {
    let table = PerAddress::<Bucket>::new(AddressBounds::default());
    let once = |address: &str| table.take(ip(address), &hourly(1), NOW, 1).is_ok();
    assert!(once("192.0.2.7"));
    assert!(!once("::ffff:192.0.2.7"), "the same, mapped");
    assert!(once("192.0.2.8"));
    assert!(once("2001:db8::1"));
    assert!(!once("2001:db8::ffff:0:0:1"), "the same /64");
    assert!(once("2001:db8:0:1::1"));
    assert!(once("::7"), "not the IPv4 address with the same bits");
}

#[test]
fn the_prefix_can_be_chosen() {
    let told_apart = |prefix6| {
        let table = PerAddress::<Bucket>::new(AddressBounds { prefix6, ..AddressBounds::default() });
        let once = |address: &str| table.take(ip(address), &hourly(1), NOW, 1).is_ok();
        once("2001:db8::1") && once("2001:db8::2")
    };
    assert!(told_apart(128));
    assert!(told_apart(200), "more than there is means all");
    assert!(!told_apart(64));
    assert!(!told_apart(0));
}

#[test]
fn a_network_is_what_is_told_apart() {
    let bounds = AddressBounds::default();
    assert_eq!(bounds.network(ip("::ffff:192.0.2.7")).to_string(), "192.0.2.7/32");
    assert_eq!(bounds.network(ip("2001:db8::7")).to_string(), "2001:db8::/64");
    assert_eq!(
        AddressBounds { prefix6: 128, ..bounds }.network(ip("2001:db8::7")).to_string(),
        "2001:db8::7/128"
    );
}

#[test]
fn a_flood_of_prefixes_frees_nobody_and_refuses_nobody() {
    let table = PerAddress::<Bucket>::new(small(2048));
    let rate = hourly(3);
    let (offender, neighbour) = (ip("2001:db8:ffff::1"), ip("192.0.2.1"));
    while table.take(offender, &rate, NOW, 1).is_ok() {}
    assert!(table.take(neighbour, &rate, NOW, 1).is_ok());
    for n in 0..100_000 {
        assert!(table.take(prefix(n), &rate, NOW, 1).is_ok(), "a newcomer is served");
    }
    assert!(table.take(offender, &rate, NOW, 1).is_err(), "still out of his rate");
    assert!(table.take(neighbour, &rate, NOW, 3).is_err(), "the other family is not touched");
    assert_eq!(table.four.len(), 1);
    assert!(table.len() <= 1025);
    assert!(table.forgotten() > 90_000);
}

#[test]
fn full_buckets_are_swept() {
    let table = PerAddress::<Bucket>::new(AddressBounds::default());
    let rate = Rate::per_second(10).unwrap();
    assert_eq!(table.charge(prefix(1), &rate, NOW, 10), Duration::ZERO);
    assert!(table.charge(prefix(2), &rate, NOW, 25) > Duration::from_secs(1));
    table.sweep(&rate, NOW.after(Duration::from_millis(1500)));
    assert_eq!(table.len(), 1);
    table.sweep(&rate, NOW.after(Duration::from_millis(2600)));
    assert!(table.is_empty());
}

#[test]
fn seats_are_counted_and_given_back() {
    let open = Arc::new(OpenConnections::new(AddressBounds::default()));
    let (here, there) = (ip("192.0.2.1"), ip("192.0.2.2"));
    let first = open.enter(here, 2).unwrap();
    let second = open.enter(here, 2).unwrap();
    assert_eq!(open.enter(here, 2).unwrap_err(), Crowded { open: 2 });
    let elsewhere = open.enter(there, 2).unwrap();
    drop(first);
    assert_eq!((open.open(here), open.open(there)), (1, 1));
    let third = open.enter(here, 2).unwrap();
    drop((second, third, elsewhere));
    open.table().sweep(&(), NOW);
    assert!(open.table().is_empty());
}

#[test]
fn a_seat_of_a_forgotten_address_takes_nothing_from_its_successor() {
    // Room for one address of each family.
    let open = Arc::new(OpenConnections::new(small(2)));
    let stale = open.enter(prefix(1), 1).unwrap();
    let other = open.enter(prefix(2), 1).expect("a newcomer is served");
    assert_eq!(open.open(prefix(1)), 0, "forgotten");
    let fresh = open.enter(prefix(1), 1).unwrap();
    drop(stale);
    assert_eq!(open.open(prefix(1)), 1, "the old seat is not of this count");
    drop((fresh, other));
    assert_eq!(open.open(prefix(1)), 0);
}

#[test]
fn many_threads_leave_nothing_behind() {
    let open = Arc::new(OpenConnections::new(AddressBounds::default()));
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let open = &open;
            scope.spawn(move || {
                for n in 0..5_000 {
                    let seats =
                        [prefix((n + worker) % 7), ip("192.0.2.1")].map(|address| open.enter(address, 3));
                    drop(seats);
                }
            });
        }
    });
    assert!((0..7).all(|n| open.open(prefix(n)) == 0) && open.open(ip("192.0.2.1")) == 0);
}
