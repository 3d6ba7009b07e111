//! Every verb of every gateway under every kind of rule.
//!
//! What is to come of it stands in a table ([`kinds`]); the broker is asked nothing. A further gateway joins by one line
//! in [`GATEWAYS`] once it has a [`Speaker`].

mod kinds;
mod mqtt;
mod run;
mod speaker;

use mqtt::Mqtt;
use speaker::Speaker;
use tidegate_interop_tests::wire::Version;

/// Who takes part.
const GATEWAYS: &[&dyn Speaker] = &[&Mqtt(Version::V31), &Mqtt(Version::V311), &Mqtt(Version::V5)];

#[test]
fn rules_by_effect() {
    run::all(GATEWAYS, &kinds::effects());
}

#[test]
fn rules_by_who() {
    run::all(GATEWAYS, &kinds::people());
}

#[test]
fn rules_by_where() {
    run::all(GATEWAYS, &kinds::places());
}

#[test]
fn rules_by_what() {
    run::all(GATEWAYS, &kinds::manners());
}
