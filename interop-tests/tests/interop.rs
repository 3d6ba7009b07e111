//! Real clients, exact bytes and hostile peers against a running broker.
//!
//! `cargo test -p tidegate-interop-tests` runs on tidegate; with `INTEROP_BROKER=mosquitto` the tests themselves
//! are checked on mosquitto. What a broker is known not to do is skipped by name, with the reason.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod interop {
    pub(crate) mod aliases;
    pub(crate) mod attacks;
    pub(crate) mod bans;
    pub(crate) mod floods;
    pub(crate) mod hostile;
    pub(crate) mod kills;
    pub(crate) mod limits;
    pub(crate) mod matrix;
    pub(crate) mod mosquitto_clients;
    pub(crate) mod mqttjs;
    pub(crate) mod paho;
    pub(crate) mod reasons;
    pub(crate) mod rumqttc_scenarios;
    pub(crate) mod rumqttc_v4;
    pub(crate) mod rumqttc_v5;
    pub(crate) mod sessions;
    pub(crate) mod stage;
    pub(crate) mod transports;
}
