//! What few bytes can cost, counted in the units of [`Turn::work`].

use std::num::NonZeroU32;

use super::*;

fn retain<'a>(topic: &'a str, payload: &'a [u8]) -> Draft<'a> {
    Draft { retain: true, payload, ..draft(topic) }
}

/// All filters of so many levels that have `a` or `+` in each: everything that matches `a/a/…`.
fn mixtures(levels: u32) -> Vec<String> {
    let level = |number: u32, level: u32| if number >> level & 1 == 0 { "a" } else { "+" };
    let filter = |number| (0..levels).map(|at| level(number, at)).collect::<Vec<_>>().join("/");
    (0..1 << levels).map(filter).collect()
}

fn topic(levels: usize) -> String {
    vec!["a"; levels].join("/")
}

impl World {
    /// Subscribes to filters, each under its own number from 1.
    fn subscribe_numbered(&mut self, client: &Client, filters: &[String]) {
        let drafts: Vec<_> = (1..)
            .zip(filters)
            .map(|(number, filter)| SubscribeDraft { identifier: NonZeroU32::new(number), ..wants(filter) })
            .collect();
        assert!(self.subscribe(client, &drafts).iter().all(Result::is_ok));
    }

    /// What a publish costs.
    fn cost(&mut self, client: &Client, topic: &str) -> usize {
        let before = self.turn.work;
        self.publish(client, &draft(topic)).unwrap();
        self.turn.work - before
    }
}

/// Pulls turn by turn until nothing is left: what came, and how many pulls ended for their work.
fn drain(world: &mut World, client: &Client) -> (Vec<String>, usize) {
    let (mut texts, mut laters) = (Vec::new(), 0);
    loop {
        world.woken();
        let before = world.turn.work;
        let (pulled, end) = world.pull_at_most(client, 10_000);
        let work = world.turn.work - before;
        assert!(work <= 2_200, "one pull looked at {work} values");
        texts.extend(pulled.iter().map(text));
        match end {
            PullEnd::Later => {
                assert_eq!(world.woken(), [client.seat], "nobody would pull the rest");
                laters += 1;
            }
            end => {
                assert_eq!((end, world.woken()), (PullEnd::Drained, Vec::new()));
                return (texts, laters);
            }
        }
    }
}

#[test]
fn a_search_for_retained_values_that_finds_nothing_is_spread_over_turns() {
    let mut world = World::new(Limits::default());
    let (publisher, client) = (world.open("p"), world.open("c"));
    for n in 0..3_000 {
        world.publish(&publisher, &retain(&format!("d{n}/x"), b"value")).unwrap();
    }
    world.publish(&publisher, &retain("z/found", b"found")).unwrap();
    let filters = ["+/no1", "+/no2", "+/found", "+/no3"];
    world.subscribe(&client, &filters.map(wants));
    let (texts, laters) = drain(&mut world, &client);
    assert_eq!(texts, ["found"]);
    // Four times 3,000 values, 2,048 at a time.
    assert!(laters >= 5, "{laters} pulls for 12,000 values");
}

#[test]
fn a_reading_goes_on_where_its_share_ended() {
    let mut world = World::new(Limits::default());
    let (publisher, client) = (world.open("p"), world.open("c"));
    let values: Vec<String> = (0..2_000).map(|n| format!("{n:04}")).collect();
    for value in &values {
        world.publish(&publisher, &retain(&format!("d/{value}"), value.as_bytes())).unwrap();
    }
    let wanted = SubscribeDraft { guarantee: Guarantee::AtMostOnce, ..wants("d/#") };
    world.subscribe(&client, &[wanted]);
    let (texts, laters) = drain(&mut world, &client);
    assert_eq!(texts, values);
    assert!(laters >= 1, "all in one pull");
}

#[test]
fn overlapping_filters_are_charged_to_who_publishes() {
    let mut world = World::new(Limits::default());
    let (publisher, client) = (world.open("p"), world.open("c"));
    let filters = mixtures(10);
    world.subscribe_numbered(&client, &filters);
    let cost = world.cost(&publisher, &topic(10));
    // A match for each filter, and at most two nodes.
    assert!((2_048..=3_072).contains(&cost), "{cost}");
    assert_eq!(world.cost(&publisher, "b"), 1, "what matches nothing costs its look at the first level");
    let pulled = world.pull(&client);
    let mut numbers = delivery(&pulled[0]).identifiers.as_slice().to_vec();
    numbers.sort_unstable();
    assert_eq!((pulled.len(), numbers), (1, (1..=1_024).collect()));
}

#[test]
fn several_sessions_with_overlapping_filters_get_one_delivery_each() {
    let mut world = World::new(Limits::default());
    let clients = [world.open("c1"), world.open("c2"), world.open("c3")];
    let mut filters = mixtures(4);
    filters.push("#".to_owned());
    for client in &clients {
        world.subscribe_numbered(client, &filters);
    }
    world.publish(&clients[0], &draft(&topic(4))).unwrap();
    for client in &clients {
        let pulled = world.pull(client);
        let mut numbers = delivery(&pulled[0]).identifiers.as_slice().to_vec();
        numbers.sort_unstable();
        assert_eq!((pulled.len(), numbers), (1, (1..=17).collect()));
    }
}

#[test]
fn ordinary_messages_cost_next_to_nothing() {
    let mut world = World::new(Limits::default());
    let (publisher, client) = (world.open("p"), world.open("c"));
    world.subscribe(&client, &[wants("plant/+/state"), wants("plant/7/level")]);
    let costs = ["plant/7/state", "plant/7/level", "nobody"].map(|topic| world.cost(&publisher, topic));
    assert!(costs.iter().all(|cost| *cost <= 4), "{costs:?}");
    assert!(!world.turn.has_done_much());
}

#[test]
fn a_later_subscription_reads_what_an_earlier_one_got_live() {
    let mut world = World::new(Limits::default());
    let (publisher, client) = (world.open("p"), world.open("c"));
    for n in 0..20 {
        world.publish(&publisher, &retain(&format!("a/{n}"), b"old")).unwrap();
    }
    let wanted = |filter| SubscribeDraft { guarantee: Guarantee::AtMostOnce, ..wants(filter) };
    // The first still reads when a value comes live, and when the second begins.
    world.subscribe(&client, &[wanted("a/+")]);
    assert_eq!(world.pull_at_most(&client, 1).0.len(), 1);
    world.publish(&publisher, &retain("a/9", b"new")).unwrap();
    world.subscribe(&client, &[wanted("a/9")]);
    let pulled = world.pull(&client);
    let news: Vec<_> = pulled
        .iter()
        .filter(|pulled| text(pulled) == "new")
        .map(|pulled| delivery(pulled).retained)
        .collect();
    assert_eq!(news, [true, false], "once as a retained value, for the second; once live, for the first");
}
