//! What a rule does.

use super::{ALICE, ANONYMOUS, BOB, Kind, kind, no, out, yes};

pub(crate) fn effects() -> Vec<Kind> {
    vec![
        kind(
            "allow",
            r##"{ effect = "allow", any = true, topics = "open/#" }"##,
            [
                (ALICE, "open/x", yes),
                (ANONYMOUS, "open", yes),
                (ALICE, "open/+/x", yes),
                (ALICE, "other", no),
                (ANONYMOUS, "openly/x", no),
                (ALICE, "#", no),
                (ALICE, "+/x", no),
            ],
        ),
        kind(
            "deny",
            r##"
            { effect = "deny", any = true, topics = "a/secret/#" },
            { effect = "allow", any = true, topics = "a/#" },
            "##,
            [
                (ALICE, "a/x", yes),
                (ALICE, "a/secret/x", no),
                (ANONYMOUS, "a/secret", no),
                (ALICE, "a/#", no),
                (ALICE, "a/+", no),
                (ALICE, "+/secret/x", no),
                (ALICE, "a/x/#", yes),
            ],
        ),
        kind(
            "disconnect",
            r##"
            { effect = "disconnect", any = true, topics = "trap/#" },
            { effect = "allow", any = true, topics = "#" },
            "##,
            [
                (ALICE, "other/x", yes),
                (ALICE, "trap/x", out),
                (ANONYMOUS, "trap", out),
                (ALICE, "#", out),
                (ALICE, "+/x", out),
                (ALICE, "other/#", yes),
            ],
        ),
        kind(
            "default deny",
            r##"{ effect = "allow", user = "somebody", topics = "#" }"##,
            [(ALICE, "x", no), (ANONYMOUS, "x/y", no), (BOB, "#", no)],
        ),
        kind("no rule at all", "", [(ALICE, "x", no), (ANONYMOUS, "x/#", no)]),
        Kind {
            open: true,
            ..kind(
                "default allow",
                r##"{ effect = "deny", any = true, topics = "shut/#" }"##,
                [(ALICE, "x", yes), (ALICE, "shut/x", no), (ALICE, "#", no), (ALICE, "x/#", yes)],
            )
        },
        kind(
            "the first that matches",
            r##"
            { effect = "allow", any = true, topics = "a/b" },
            { effect = "deny", any = true, topics = "a/#" },
            { effect = "allow", any = true, topics = "#" },
            "##,
            [
                (ALICE, "a/b", yes),
                (ALICE, "a/c", no),
                (ALICE, "b", yes),
                (ALICE, "a/+", no),
                (ALICE, "#", no),
            ],
        ),
    ]
}
