//! A ban that was answered is kept, whatever becomes of the broker.

use serde_json::json;
use tidegate_interop_tests::broker::tidegate::Tidegate;
use tidegate_interop_tests::broker::{Settings, kill_and_restart};
use tidegate_interop_tests::wire::Version;

use super::{ban, ban_with, banned, lift, path, refusal};
use crate::interop::attacks::guarded::tidegate;
use crate::interop::attacks::visitor::{VERSIONS, Visitor};

#[test]
fn a_ban_survives_a_kill_the_moment_it_is_answered() {
    let settings = Settings::default();
    let Some(mut broker) = tidegate(&settings) else { return };
    for round in 0..4 {
        let what = format!("client:eve-{round}");
        let body = json!({ "what": what, "why": "noise", "by": "tester", "seconds": 3_600 });
        ban_with(&broker, body);
        broker = kill_and_restart(&Tidegate::built().unwrap(), &settings, broker).unwrap();
        for earlier in 0..=round {
            let eve = format!("eve-{earlier}");
            for version in VERSIONS {
                let eve = Visitor::new(version, &eve);
                assert_eq!(refusal(&broker, &eve), Some(banned(version)), "round {round}");
            }
        }
        let kept = broker.api("GET", &path(&what), None).unwrap().body;
        assert_eq!((&kept["why"], &kept["by"]), (&json!("noise"), &json!("tester")), "{kept}");
    }
    assert_eq!(refusal(&broker, &Visitor::new(Version::V5, "innocent")), None);
}

#[test]
fn what_was_lifted_stays_lifted_and_what_is_over_is_over() {
    let settings = Settings::default();
    let Some(broker) = tidegate(&settings) else { return };
    ban(&broker, "client:lifted");
    ban(&broker, "client:stays");
    ban_with(&broker, json!({ "what": "client:short", "seconds": 1 }));
    lift(&broker, "client:lifted");
    let broker = kill_and_restart(&Tidegate::built().unwrap(), &settings, broker).unwrap();
    assert_eq!(refusal(&broker, &Visitor::new(Version::V5, "lifted")), None);
    assert_eq!(refusal(&broker, &Visitor::new(Version::V5, "stays")), Some(banned(Version::V5)));
    let deadline = std::time::Instant::now() + crate::interop::stage::DEADLINE;
    while refusal(&broker, &Visitor::new(Version::V5, "short")).is_some() {
        assert!(std::time::Instant::now() < deadline, "it is never over");
    }
}
