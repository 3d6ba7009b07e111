use tidegate_auth_basic::{ClientIds, Table};
use tidegate_broker::Credentials;

use crate::world::{End, LOGIN, World, named};

fn world(entries: &[(&str, &str)], ignore_claimed: bool) -> World {
    let table = Table::new(entries.iter().copied()).unwrap();
    World::new(ClientIds::new(table, ignore_claimed).unwrap())
}

fn id(client: &str) -> Credentials<'_> {
    Credentials { client, ..LOGIN }
}

#[test]
fn listed_ids_are_let_in() {
    let mut world =
        world(&[("pump-7", ""), ("pump-8", "eight"), ("meter-*", "${clientid}"), ("v?", "valve")], false);
    assert_eq!(world.login(&id("pump-7")), End::In(None));
    assert_eq!(world.login(&id("pump-8")), named("eight"));
    assert_eq!(world.login(&id("meter-42")), named("meter-42"));
    assert_eq!(world.login(&id("v1")), named("valve"));
    for stranger in ["pump-9", "Pump-7", "pump-77", "xpump-7", "v", "v12", "", "meter"] {
        assert_eq!(world.login(&id(stranger)), End::Next, "{stranger}");
    }
}

#[test]
fn the_most_particular_entry_counts() {
    let mut world = world(&[("*", "any"), ("p*", "p"), ("pump-*", "pump"), ("pump-7", "seven")], false);
    assert_eq!(world.login(&id("pump-7")), named("seven"));
    assert_eq!(world.login(&id("pump-8")), named("pump"));
    assert_eq!(world.login(&id("pipe")), named("p"));
    assert_eq!(world.login(&id("x")), named("any"));
    // Who has no id yet is on no list, and an id that is too long to be compared fits no pattern.
    assert_eq!(world.login(&id("")), End::Next);
    assert_eq!(world.login(&id(&"x".repeat(512))), named("any"));
    assert_eq!(world.login(&id(&"x".repeat(513))), End::Next);
}

#[test]
fn another_name_has_to_be_proved_elsewhere() {
    let claims = |user| Credentials { user: Some(user), password: Some(b"x"), ..LOGIN };
    let entries = [("pump-7", "seven")];
    let mut careful = world(&entries, false);
    assert_eq!(careful.login(&claims("seven")), named("seven"));
    assert_eq!(careful.login(&claims("admin")), End::Next);
    let mut deaf = world(&entries, true);
    assert_eq!(deaf.login(&claims("admin")), named("seven"));
    let mut anonymous = world(&[("pump-7", "")], false);
    assert_eq!(anonymous.login(&claims("admin")), End::Next);
    let mut deaf = world(&[("pump-7", "")], true);
    assert_eq!(deaf.login(&claims("admin")), End::In(None));
}

#[test]
fn a_client_that_wants_to_prove_something_may() {
    let mut world = world(&[("*", "any")], true);
    let scram = Credentials { method: Some(("SCRAM-SHA-256", b"n,,n=alice,r=x")), ..LOGIN };
    assert_eq!(world.login(&scram), End::Next);
}

#[test]
fn an_id_that_is_no_name_names_nobody() {
    let mut world = world(&[("*", "${clientid}")], false);
    assert_eq!(world.login(&id("a\nb")), End::Next);
    assert_eq!(world.login(&id(&"x".repeat(257))), End::Next);
}

#[test]
fn lists_that_are_none() {
    let new = |id: &str| ClientIds::new(Table::new([(id, "")]).unwrap(), false);
    assert!(new("").is_err());
    let patterns: Vec<String> = (0..1_001).map(|number| format!("{number}-*")).collect();
    let table = |count| Table::new(patterns.iter().take(count).map(|id| (id.as_str(), ""))).unwrap();
    assert_eq!(ClientIds::new(table(1_000), false).unwrap().len(), 1_000);
    assert!(ClientIds::new(table(1_001), false).is_err());
}
