//! Where a rule holds.

use super::{ALICE, ANONYMOUS, AWAY, BOB, CARD, Kind, if_so, kind, no, yes};

pub(crate) fn places() -> Vec<Kind> {
    let mut kinds = written();
    kinds.extend(filled_in());
    kinds
}

fn written() -> Vec<Kind> {
    vec![
        kind(
            "literal",
            r##"{ effect = "allow", any = true, topics = ["literal:a/#", "literal:b/x"] }"##,
            [
                (ALICE, "a/#", yes),
                (ALICE, "a/x", no),
                (ALICE, "a/+", no),
                (ALICE, "a", no),
                (ALICE, "b/x", yes),
                (ALICE, "b/+", no),
            ],
        ),
        kind(
            "not this text",
            r##"
            { effect = "deny", any = true, topics = "literal:a/x" },
            { effect = "allow", any = true, topics = "#" },
            "##,
            [(ALICE, "a/x", no), (ALICE, "a/y", yes), (ALICE, "b/#", yes)],
        ),
        kind(
            "prefix",
            r##"{ effect = "allow", any = true, topics = "prefix:site/7" }"##,
            [
                (ALICE, "site/7", yes),
                (ALICE, "site/71/x", yes),
                (ALICE, "site/7/#", yes),
                (ALICE, "site/8", no),
                (ALICE, "site/+", no),
                (ALICE, "site/#", no),
                (ALICE, "+/7", no),
            ],
        ),
        kind(
            "not with this prefix",
            r##"
            { effect = "deny", any = true, topics = "prefix:site/7" },
            { effect = "allow", any = true, topics = "#" },
            "##,
            [(ALICE, "site/7", no), (ALICE, "site/77", no), (ALICE, "site/8", yes), (ALICE, "site/+", no)],
        ),
        kind(
            "wildcards within",
            r##"{ effect = "allow", any = true, topics = "+/orders/#" }"##,
            [
                (ALICE, "x/orders/1", yes),
                (ALICE, "+/orders/+", yes),
                (ALICE, "x/y/orders", no),
                (ALICE, "#", no),
            ],
        ),
    ]
}

fn filled_in() -> Vec<Kind> {
    vec![
        kind(
            "${clientid}",
            r##"{ effect = "allow", any = true, topics = "of/${clientid}/#" }"##,
            [
                (ALICE, "of/pump-7/x", yes),
                (ALICE, "of/meter-1/x", no),
                (ALICE, "of/+/x", no),
                (ANONYMOUS, "of/nameless/#", yes),
            ],
        ),
        kind(
            "${username}",
            r##"{ effect = "allow", any = true, topics = "of/${username}/#" }"##,
            [
                (ALICE, "of/alice/x", yes),
                (AWAY, "of/alice/#", yes),
                (ALICE, "of/bob/x", no),
                (ANONYMOUS, "of//x", no),
            ],
        ),
        kind(
            "not of ${username}",
            r##"
            { effect = "deny", any = true, topics = "of/${username}/x" },
            { effect = "allow", any = true, topics = "#" },
            "##,
            // Who has no name is refused whatever it could have been.
            [
                (ALICE, "of/alice/x", no),
                (ALICE, "of/bob/x", yes),
                (ANONYMOUS, "of/bob/x", no),
                (ANONYMOUS, "on", yes),
            ],
        ),
        kind(
            "${cert_cn}",
            r##"{ effect = "allow", any = true, topics = "of/${cert_cn}/#" }"##,
            [
                (CARD, "of/client/x", yes),
                (CARD, "of/carol/x", no),
                (ALICE, "of/client/x", no),
                (BOB, "of/#", no),
            ],
        ),
        kind(
            "${address}",
            r##"{ effect = "allow", any = true, topics = "of/${address}/#" }"##,
            [(AWAY, "of/127.0.0.4/x", yes), (ALICE, "of/127.0.0.4/x", no), (ALICE, "of/127.0.0.1/#", yes)],
        ),
        kind(
            "${attr.role}",
            r##"{ effect = "allow", any = true, topics = "of/${attr.role}/#" }"##,
            [
                (ALICE, "of/role-of-alice/x", yes),
                (ALICE, "of/role-of-bob/x", no),
                (ALICE, "of/+/x", no),
                (ANONYMOUS, "of//x", no),
            ],
        ),
        kind(
            "not of ${attr.role}",
            r##"
            { effect = "deny", any = true, action = "publish", topics = "of/${attr.role}/x" },
            { effect = "allow", any = true, topics = "#" },
            "##,
            [
                (ALICE, "of/role-of-alice/x", |verb| if_so(!verb.publishes())),
                (ALICE, "of/role-of-bob/x", yes),
                // Who has none is refused whatever it could have been.
                (ANONYMOUS, "of/role-of-bob/x", |verb| if_so(!verb.publishes())),
                (ANONYMOUS, "on/role-of-bob/x", yes),
            ],
        ),
    ]
}
