//! The kinds of rules, and what is to come of them.

mod effects;
mod manners;
mod people;
mod places;

pub(super) use effects::effects;
pub(super) use manners::manners;
pub(super) use people::people;
pub(super) use places::places;

use super::speaker::{Verb, Who};

/// A kind of rule.
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// Inline tables.
    pub(super) rules: &'static str,
    /// Whether what no rule matches is allowed.
    pub(super) open: bool,
    pub(super) rows: Vec<Row>,
}

/// Somebody, somewhere, and what he may do there.
pub(super) struct Row {
    pub(super) who: Who,
    /// The topic, and the filter; one with wildcards is subscribed to only.
    pub(super) at: &'static str,
    pub(super) expected: fn(Verb) -> Expected,
}

/// What is to come of a verb.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Expected {
    Allowed,
    Refused,
    /// Refused, and the connection ends.
    Closed,
}

use Expected::{Allowed, Closed, Refused};

/// A row as the tables write it.
type Line = (Who, &'static str, fn(Verb) -> Expected);

fn kind<const N: usize>(name: &'static str, rules: &'static str, rows: [Line; N]) -> Kind {
    let rows = rows.into_iter().map(|(who, at, expected)| Row { who, at, expected }).collect();
    Kind { name, rules, open: false, rows }
}

const fn if_so(so: bool) -> Expected {
    if so { Allowed } else { Refused }
}

fn yes(_: Verb) -> Expected {
    Allowed
}

fn no(_: Verb) -> Expected {
    Refused
}

fn out(_: Verb) -> Expected {
    Closed
}

/// Users are called like their clients where nothing else is said.
const ANONYMOUS: Who = Who { id: "nameless", user: None, certificate: None, address: 1 };
const ALICE: Who = Who { id: "pump-7", user: Some("alice"), ..ANONYMOUS };
const BOB: Who = Who { id: "meter-1", user: Some("bob"), ..ANONYMOUS };
/// Shows a certificate with the common name `client`.
const CARD: Who = Who { id: "card", user: Some("carol"), certificate: Some("client"), ..ANONYMOUS };
/// From another address.
const AWAY: Who = Who { id: "away", user: Some("alice"), address: 4, ..ANONYMOUS };
