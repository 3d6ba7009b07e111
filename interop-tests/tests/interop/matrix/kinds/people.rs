//! Whom a rule is for.

use super::{ALICE, ANONYMOUS, AWAY, BOB, CARD, Kind, kind, no, yes};

pub(crate) fn people() -> Vec<Kind> {
    let mut kinds = by_name();
    kinds.extend(by_what_else());
    kinds
}

fn by_name() -> Vec<Kind> {
    vec![
        kind(
            "user",
            r##"{ effect = "allow", user = ["alice", "zoe"], topics = "#" }"##,
            [(ALICE, "x", yes), (AWAY, "x/#", yes), (BOB, "x", no), (ANONYMOUS, "x", no)],
        ),
        kind(
            "user pattern",
            r##"{ effect = "allow", user = "?li*", topics = "#" }"##,
            [(ALICE, "x", yes), (BOB, "x", no), (ANONYMOUS, "x", no)],
        ),
        kind(
            "not this user",
            r##"
            { effect = "deny", user = "bob", topics = "x/#" },
            { effect = "allow", any = true, topics = "#" },
            "##,
            [(ALICE, "x", yes), (BOB, "x", no), (BOB, "#", no), (BOB, "y", yes), (ANONYMOUS, "x", yes)],
        ),
        kind(
            "client pattern",
            r##"{ effect = "allow", client = "pump-*", topics = "#" }"##,
            [(ALICE, "x", yes), (BOB, "x", no), (ANONYMOUS, "x/#", no)],
        ),
        kind(
            "anonymous",
            r##"{ effect = "allow", anonymous = true, topics = "#" }"##,
            [(ANONYMOUS, "x", yes), (ALICE, "x", no), (CARD, "x", no)],
        ),
        kind(
            "user and client and address",
            r##"{ effect = "allow", user = "alice", client = "away", address = "127.0.0.4", topics = "#" }"##,
            [(AWAY, "x", yes), (ALICE, "x", no), (BOB, "x", no)],
        ),
    ]
}

fn by_what_else() -> Vec<Kind> {
    vec![
        kind(
            "address",
            r##"{ effect = "allow", address = ["127.0.0.4/31", "::1"], topics = "#" }"##,
            [(AWAY, "x", yes), (ALICE, "x", no), (CARD, "x", no)],
        ),
        kind(
            "listener",
            r##"{ effect = "allow", listener = "*.default", topics = "#" }"##,
            [(ALICE, "x", yes), (ANONYMOUS, "x/#", yes), (CARD, "x", no)],
        ),
        kind(
            "common name",
            r##"{ effect = "allow", common_name = "client", topics = "#" }"##,
            [(CARD, "x", yes), (ALICE, "x", no), (ANONYMOUS, "x", no)],
        ),
        kind(
            "subject",
            r##"{ effect = "allow", subject = "*CN=client*", topics = "#" }"##,
            [(CARD, "x", yes), (ALICE, "x", no)],
        ),
        kind(
            "attribute",
            r##"{ effect = "allow", attributes = "role=role-of-alice", topics = "#" }"##,
            [(ALICE, "x", yes), (AWAY, "x/#", yes), (BOB, "x", no), (ANONYMOUS, "x", no), (CARD, "x", no)],
        ),
        kind(
            "not with this attribute",
            r##"
            { effect = "deny", attributes = "role=role-of-bob", topics = "x/#" },
            { effect = "allow", any = true, topics = "#" },
            "##,
            [(ALICE, "x", yes), (ANONYMOUS, "x/#", yes), (BOB, "x", no), (BOB, "#", no), (BOB, "y", yes)],
        ),
    ]
}
