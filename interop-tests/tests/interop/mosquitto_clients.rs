//! mosquitto_pub and mosquitto_sub in all three versions.

use std::fs;
use std::process::Command;

use tidegate_interop_tests::broker::{Running, Settings};
use tidegate_interop_tests::peers::mosquitto::{Mosquitto, mosquitto};
use tidegate_interop_tests::peers::need;
use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::encode::Publish;

use super::stage::{Program, broker, broker_with, client};

const VERSIONS: [&str; 3] = ["mqttv31", "mqttv311", "mqttv5"];
/// A retained message on this topic tells a subscriber's test that the SUBSCRIBE has taken effect.
const READY: &str = "ready";

/// A broker with the programs that talk to it.
struct Stage {
    programs: Mosquitto,
    broker: Running,
}

impl Stage {
    fn new(broker: Running) -> Option<Self> {
        let programs = need(mosquitto())?;
        let mut first = client(&broker, Version::V311, "first");
        let (topic, payload) = (READY, READY.as_bytes());
        let version = Version::V311;
        let ready = Publish { version, topic, payload, qos: 0, id: 0, retain: true, properties: &[] };
        first.send_with(|out| ready.put(out)).unwrap();
        first.expect_quiet().unwrap();
        Some(Self { programs, broker })
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = self.programs.command(program);
        command.args(["-h", "127.0.0.1", "-p", &self.broker.address.port().to_string()]).args(arguments);
        command
    }

    /// A subscriber that has subscribed.
    fn subscriber(&self, arguments: &[&str]) -> Program {
        let mut command = self.command("mosquitto_sub", arguments);
        let mut program = Program::spawn({
            command.args(["-t", READY]);
            command
        });
        assert_eq!(program.text(), READY);
        program
    }

    fn publish(&self, arguments: &[&str]) {
        Program::spawn(self.command("mosquitto_pub", arguments)).finish();
    }
}

#[test]
fn every_version_at_every_qos() {
    let Some(stage) = Stage::new(broker()) else { return };
    for version in VERSIONS {
        for qos in ["0", "1", "2"] {
            let topic = format!("matrix/{version}/{qos}");
            let mut all = stage.subscriber(&["-V", version, "-q", qos, "-t", &topic, "-F", "%p", "-C", "4"]);
            for from in VERSIONS {
                stage.publish(&["-V", from, "-q", qos, "-t", &topic, "-m", from]);
            }
            assert_eq!([all.text(), all.text(), all.text()], VERSIONS);
            all.finish();
        }
    }
}

#[test]
fn retained_is_set_replaced_and_cleared() {
    let Some(stage) = Stage::new(broker()) else { return };
    for version in VERSIONS {
        let topic = format!("retained/{version}");
        stage.publish(&["-V", version, "-q", "1", "-t", &topic, "-m", "first", "-r"]);
        stage.publish(&["-V", version, "-q", "1", "-t", &topic, "-m", "second", "-r"]);
        let args = ["-V", version, "-t", &topic, "-F", "%r %p", "-C", "1"];
        let mut late = Program::spawn(stage.command("mosquitto_sub", &args));
        assert_eq!(late.text(), "1 second");
        stage.publish(&["-V", version, "-q", "1", "-t", &topic, "-n", "-r"]);
        let mut later = stage.subscriber(&["-V", version, "-t", &topic, "-F", "%p"]);
        stage.publish(&["-V", version, "-q", "1", "-t", &topic, "-m", "live"]);
        assert_eq!(later.text(), "live");
    }
}

#[test]
fn a_will_is_published_after_a_crash_only() {
    let Some(stage) = Stage::new(broker()) else { return };
    for version in VERSIONS {
        let topic = format!("will/{version}");
        let mut watcher = stage.subscriber(&["-t", &topic, "-q", "1", "-F", "%p"]);
        let will = ["--will-topic", &topic, "--will-payload", "gone", "--will-qos", "1", "-F", "%p"];
        let arguments = [["-V", version].as_slice(), &will].concat();
        stage.subscriber(&arguments).end();
        assert_eq!(watcher.text(), "gone");
        stage.subscriber(&[arguments.as_slice(), &["-C", "1"]].concat()).finish();
        stage.publish(&["-q", "1", "-t", &topic, "-m", "marker"]);
        assert_eq!(watcher.text(), "marker");
    }
}

#[test]
fn a_session_keeps_what_arrives_meanwhile() {
    let Some(stage) = Stage::new(broker()) else { return };
    for version in VERSIONS {
        let topic = format!("session/{version}");
        let mut keeper = vec!["-V", version, "-i", version, "-c", "-q", "2", "-t", &topic, "-F", "%p"];
        if version == "mqttv5" {
            keeper.extend(["-x", "3600"]);
        }
        let join = [keeper.as_slice(), &["-E"]].concat();
        Program::spawn(stage.command("mosquitto_sub", &join)).finish();
        for number in ["0", "1", "2", "3", "4"] {
            stage.publish(&["-q", "2", "-t", &topic, "-m", number]);
        }
        let resume = [keeper.as_slice(), &["-C", "5"]].concat();
        let mut resumed = Program::spawn(stage.command("mosquitto_sub", &resume));
        for number in ["0", "1", "2", "3", "4"] {
            assert_eq!(resumed.text(), number);
        }
        resumed.finish();
    }
}

#[test]
fn large_payloads_arrive_unchanged() {
    let Some(stage) = Stage::new(broker_with(&Settings::for_large_packets())) else { return };
    let dir = tempfile::tempdir().unwrap();
    for version in VERSIONS {
        for size in [1_000_000, 10_000_000] {
            let payload: Vec<u8> = (0..size).map(|n| b'a' + (n % 23) as u8).collect();
            let file = dir.path().join("payload");
            fs::write(&file, &payload).unwrap();
            let mut subscriber =
                stage.subscriber(&["-V", version, "-q", "1", "-t", "large", "-F", "%p", "-C", "2"]);
            stage.publish(&["-V", version, "-q", "1", "-t", "large", "-f", file.to_str().unwrap()]);
            assert!(subscriber.line() == payload, "{size} bytes with {version} differ");
            subscriber.finish();
        }
    }
}

#[test]
fn properties_arrive() {
    let Some(stage) = Stage::new(broker()) else { return };
    let format = ["-V", "mqttv5", "-t", "props", "-F", "%p|%C|%R|%D|%P"];
    let mut subscriber = stage.subscriber(&["-V", "mqttv5", "-t", "props", "-F", "%p"]);
    stage.publish(&[
        "-V",
        "mqttv5",
        "-t",
        "props",
        "-m",
        "text",
        "-q",
        "1",
        "-r",
        "-D",
        "publish",
        "content-type",
        "text/plain",
        "-D",
        "publish",
        "response-topic",
        "answers",
        "-D",
        "publish",
        "correlation-data",
        "42",
        "-D",
        "publish",
        "user-property",
        "b",
        "2",
        "-D",
        "publish",
        "user-property",
        "a",
        "1",
    ]);
    assert_eq!(subscriber.text(), "text");
    let mut late = Program::spawn(stage.command("mosquitto_sub", &format));
    assert_eq!(late.text(), "text|text/plain|answers|42|b:2 a:1");
}

#[test]
fn a_shared_group_shares() {
    let Some(stage) = Stage::new(broker()) else { return };
    for version in ["mqttv311", "mqttv5"] {
        let filter = format!("$share/group/jobs/{version}");
        let arguments = ["-V", version, "-q", "1", "-t", &filter, "-F", "%p"];
        let mut members = [stage.subscriber(&arguments), stage.subscriber(&arguments)];
        let topic = format!("jobs/{version}");
        for number in 0..10 {
            stage.publish(&["-q", "1", "-t", &topic, "-m", &number.to_string()]);
        }
        let mut got: Vec<String> = Vec::new();
        while got.len() < 10 {
            got.extend(members.iter_mut().filter_map(Program::text_if_any));
        }
        got.sort();
        assert_eq!(got, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    }
}
