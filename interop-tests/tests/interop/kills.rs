//! Killed at any moment, a broker starts again in the place it left, and claims nothing it does not have.

use tidegate_interop_tests::broker::{Settings, kill_and_restart, start, under_test};
use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::encode::{Connect, Publish};
use tidegate_interop_tests::wire::property::{Property, Value, id};

use super::stage::{client, skipped_on};

/// How often it is killed; `INTEROP_KILLS` says otherwise.
fn kills() -> u16 {
    std::env::var("INTEROP_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}

#[test]
fn a_killed_broker_serves_again_and_makes_no_false_claims() {
    if skipped_on("mosquitto", "its port is chosen before it starts and may be taken by then") {
        return;
    }
    let kind = under_test().unwrap();
    let settings = Settings::default();
    let mut broker = start(kind.as_ref(), &settings).unwrap();
    for round in 0..kills() {
        let expiry = [Property(id::SESSION_EXPIRY, Value::Long(3_600))];
        let keeper = Connect { clean: false, properties: &expiry, ..Connect::clean(Version::V5, "keeper") };
        let (mut kept, present, _) = Client::connect(broker.address, &keeper).unwrap();
        // Sessions are kept in memory: after a kill there is none, and it must not be said that there is.
        assert!(!present, "round {round}: a session was promised that is gone");
        kept.subscribe("t", 1, &[]).unwrap();
        let mut publisher = client(&broker, Version::V5, "publisher");
        // Killed with messages on their way, a different number each time.
        for packet in 1..=1 + round * 7 {
            let publish = Publish {
                version: Version::V5,
                topic: "t",
                payload: b"x",
                qos: 1,
                id: packet,
                retain: true,
                properties: &[],
            };
            publisher.send_with(|out| publish.put(out)).unwrap();
        }
        assert_eq!(kept.message().unwrap().payload, b"x");
        broker = kill_and_restart(kind.as_ref(), &settings, broker).unwrap();
    }
}
