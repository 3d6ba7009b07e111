//! Clients that prove with a certificate who they are.

use std::process::Command;

use serde_json::json;
use tidegate_interop_tests::broker::Running;
use tidegate_interop_tests::peers::mosquitto::{Mosquitto, mosquitto};
use tidegate_interop_tests::peers::need;

use super::certificates::Certificates;
use super::{mqttjs, paho, tidegate};
use crate::interop::stage::Program;

struct Stage {
    programs: Mosquitto,
    certificates: Certificates,
    broker: Running,
}

impl Stage {
    fn new() -> Option<Self> {
        Self::with("required")
    }

    fn with(certificate: &str) -> Option<Self> {
        let programs = need(mosquitto())?;
        let certificates = Certificates::new();
        let settings = certificates.mutual().with_text("tls.client_certificate", certificate);
        let broker = tidegate(&settings)?;
        Some(Self { programs, certificates, broker })
    }

    /// A client that shows the certificate `name` of `set`; without a set it shows none.
    fn command(&self, program: &str, shown: Option<(&Certificates, &str)>, arguments: &[&str]) -> Command {
        let mut command = self.programs.command(program);
        let port = self.broker.listener("tls").unwrap().port();
        command.args(["-h", "localhost", "-p", &port.to_string()]);
        command.args(["--cafile", &self.certificates.path("ca.crt")]);
        if let Some((set, name)) = shown {
            command.args(["--cert", &set.path(&format!("{name}.crt"))]);
            command.args(["--key", &set.path(&format!("{name}.key"))]);
        }
        command.args(arguments);
        command
    }

    fn publishes(&self, shown: Option<(&Certificates, &str)>) -> bool {
        let mut outcomes = ["tlsv1.2", "tlsv1.3"].map(|version| {
            let arguments = ["--tls-version", version, "-q", "1", "-t", "topic", "-m", "message"];
            Program::spawn(self.command("mosquitto_pub", shown, &arguments)).ended().0.success()
        });
        outcomes.sort_unstable();
        assert_eq!(outcomes[0], outcomes[1], "TLS 1.2 and 1.3 differ");
        outcomes[0]
    }
}

#[test]
fn a_client_is_called_what_its_certificate_says() {
    let Some(stage) = Stage::new() else { return };
    let own = &stage.certificates;
    own.add_client("pump-7");
    for name in ["client", "pump-7"] {
        let retained = ["-q", "1", "-t", name, "-m", "ready", "-r"];
        Program::spawn(stage.command("mosquitto_pub", Some((own, name)), &retained)).finish();
        let id = format!("id-of-{name}");
        let arguments = ["-i", &id, "-u", "somebody-else", "-t", name];
        let mut subscriber = Program::spawn(stage.command("mosquitto_sub", Some((own, name)), &arguments));
        assert_eq!(subscriber.text(), "ready");
        let client = stage.broker.client(&id).unwrap().unwrap();
        assert_eq!(client["user"], name, "{client}");
    }
}

#[test]
fn without_a_certificate_of_the_right_authority_nobody_is_let_in() {
    let Some(stage) = Stage::new() else { return };
    let others = Certificates::new();
    assert!(stage.publishes(Some((&stage.certificates, "client"))));
    assert!(!stage.publishes(None), "without a certificate");
    assert!(!stage.publishes(Some((&others, "client"))), "of another authority");
    assert!(!stage.publishes(Some((&stage.certificates, "server"))), "a server's certificate is no client's");
}

#[test]
fn where_a_certificate_is_optional_a_wrong_one_is_refused() {
    let Some(stage) = Stage::with("optional") else { return };
    let others = Certificates::new();
    assert!(stage.publishes(None), "without a certificate");
    assert!(stage.publishes(Some((&stage.certificates, "client"))));
    assert!(!stage.publishes(Some((&others, "client"))), "of another authority");
}

#[test]
fn who_is_revoked_is_refused_after_a_reload() {
    let Some(stage) = Stage::new() else { return };
    let own = &stage.certificates;
    own.add_client("stolen");
    assert!(stage.publishes(Some((own, "stolen"))));
    own.revoke("stolen");
    stage.broker.reload().unwrap();
    assert!(!stage.publishes(Some((own, "stolen"))));
    assert!(stage.publishes(Some((own, "client"))), "the others stay welcome");
}

#[test]
fn paho_and_mqttjs_with_certificates() {
    let certificates = Certificates::new();
    let Some(broker) = tidegate(&certificates.mutual()) else { return };
    for version in ["1.2", "1.3"] {
        let file = |name| certificates.path(name);
        let (ca, cert, key) = (file("ca.crt"), file("client.crt"), file("client.key"));
        let way = json!({ "scheme": "mqtts", "tls": version, "ca": ca, "cert": cert, "key": key });
        paho("qos_matrix", &broker, "tls", &way);
        mqttjs("qosMatrix", &broker, "tls", &way);
    }
}
