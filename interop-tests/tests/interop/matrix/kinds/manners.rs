//! What a rule speaks of: publishing or subscribing, at which quality of service, retained or not.

use super::{ALICE, ANONYMOUS, BOB, Kind, if_so, kind, no, yes};

pub(crate) fn manners() -> Vec<Kind> {
    vec![
        kind(
            "to publish",
            r##"{ effect = "allow", any = true, action = "publish", topics = "x/#" }"##,
            [(ALICE, "x/y", |verb| if_so(verb.publishes())), (ALICE, "x/#", no), (ANONYMOUS, "y", no)],
        ),
        kind(
            "to subscribe",
            r##"{ effect = "allow", any = true, action = "subscribe", topics = "x/#" }"##,
            [(ALICE, "x/y", |verb| if_so(!verb.publishes())), (ALICE, "x/#", yes), (ANONYMOUS, "y", no)],
        ),
        kind(
            "quality of service",
            r##"{ effect = "allow", any = true, qos = [0, 1], topics = "#" }"##,
            [(ALICE, "x", |verb| if_so(verb.qos() < 2)), (BOB, "x/#", |verb| if_so(verb.qos() < 2))],
        ),
        kind(
            "not at this quality of service",
            r##"
            { effect = "deny", any = true, qos = [0], topics = "#" },
            { effect = "allow", any = true, topics = "#" },
            "##,
            [(ALICE, "x", |verb| if_so(verb.qos() > 0)), (BOB, "x/#", |verb| if_so(verb.qos() > 0))],
        ),
        kind(
            "retained alone",
            r##"{ effect = "allow", any = true, action = "publish", retain = true, topics = "#" }"##,
            [(ALICE, "x", |verb| if_so(verb.retains())), (BOB, "#", no)],
        ),
        kind(
            "not retained",
            r##"
            { effect = "deny", user = "alice", action = "publish", retain = true, topics = "x/#" },
            { effect = "allow", any = true, topics = "#" },
            "##,
            [
                (ALICE, "x", |verb| if_so(!verb.retains())),
                (ALICE, "y", yes),
                (BOB, "x", yes),
                (ALICE, "#", yes),
            ],
        ),
        kind(
            "fleeting alone",
            r##"{ effect = "allow", any = true, action = "publish", retain = false, topics = "#" }"##,
            [(ALICE, "x", |verb| if_so(verb.publishes() && !verb.retains()))],
        ),
    ]
}
