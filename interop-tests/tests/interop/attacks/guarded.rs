//! A broker with rules in a file, and somebody who sees everything.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use tidegate_interop_tests::broker::tidegate::Tidegate;
use tidegate_interop_tests::broker::{Running, Settings, start, under_test};
use tidegate_interop_tests::peers;
use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::decode::Packet;
use tidegate_interop_tests::wire::encode::Publish;
use tidegate_interop_tests::wire::{Version, kind};

use super::drained;
use super::visitor::Visitor;

/// A tidegate that obeys rules; dropped, it ends.
#[derive(Debug)]
pub(crate) struct Guarded {
    pub(crate) broker: Running,
    dir: tempfile::TempDir,
}

impl Guarded {
    /// A broker with these rules, each an inline table; nothing when another broker is asked for.
    pub(crate) fn new(rules: &str) -> Option<Self> {
        Self::with(rules, Settings::default())
    }

    /// The same with further options.
    pub(crate) fn with(rules: &str, settings: Settings) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        write(&dir, rules);
        // Everybody is who he says he is: it is rules that are under attack here.
        let settings = settings
            .with("auth.chain", "[\"believing\"]")
            .with_text("auth.methods.believing.kind", "addresses")
            .with("auth.methods.believing.allow", "[\"127.0.0.0/8\"]")
            .with_text("auth.methods.believing.user", "${username}")
            .with_text("authorization.file", file(&dir).display());
        Some(Self { broker: tidegate(&settings)?, dir })
    }

    /// Other rules, in force when this returns.
    pub(crate) fn change(&self, rules: &str) {
        write(&self.dir, rules);
        self.broker.reload().unwrap();
    }

    /// A file in the broker's place becomes this text, which it is to refuse.
    pub(crate) fn spoil(&self, text: &str) {
        fs::write(file(&self.dir), text).unwrap();
        self.broker.reload().unwrap_err();
    }

    /// Somebody who is let in as `user`, with a client id of that name.
    pub(crate) fn user(&self, version: Version, user: &str) -> Client {
        Visitor::new(version, user).user(user).connect(self.broker.address)
    }

    /// Somebody who may do everything and hears it.
    pub(crate) fn overseer(&self) -> Overseer {
        let mut client = self.late_overseer();
        assert_eq!(client.subscribe("#", 0, &[]).unwrap(), 0);
        Overseer(client)
    }

    /// The same before he has subscribed to anything, beside the one who is there.
    pub(crate) fn late_overseer(&self) -> Client {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let id = format!("overseer-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        Visitor::new(Version::V5, &id).user(OVERSEER).connect(self.broker.address)
    }
}

/// A fresh tidegate; nothing when another broker is asked for.
pub(crate) fn tidegate(settings: &Settings) -> Option<Running> {
    let other = under_test().unwrap().name();
    if other != "tidegate" {
        peers::progress(&format!("SKIPPED on {other}: it is configured differently"));
        return None;
    }
    Some(start(&Tidegate::built().unwrap(), settings).unwrap())
}

const OVERSEER: &str = "overseer";

fn file(dir: &tempfile::TempDir) -> PathBuf {
    dir.path().join("rules.toml")
}

fn write(dir: &tempfile::TempDir, rules: &str) {
    let overseer = format!("{{ effect = \"allow\", user = \"{OVERSEER}\", topics = [\"prefix:\", \"#\"] }}");
    fs::write(file(dir), format!("rule = [\n{overseer},\n{rules}\n]\n")).unwrap();
}

/// Hears what is published.
#[derive(Debug)]
pub(crate) struct Overseer(Client);

impl Overseer {
    /// What came up to now.
    pub(crate) fn heard(&mut self) -> Vec<String> {
        drained(&mut self.0)
    }

    /// Waits for the next message.
    pub(crate) fn wait(&mut self) -> String {
        String::from_utf8(self.0.message().unwrap().payload).unwrap()
    }

    /// Publishes; his own copy of it is not heard.
    pub(crate) fn publish(&mut self, topic: &str, payload: &str, retain: bool) {
        let publish = Publish {
            version: Version::V5,
            topic,
            payload: payload.as_bytes(),
            qos: 1,
            id: 1,
            retain,
            properties: &[],
        };
        self.0.send_with(|out| publish.put(out)).unwrap();
        loop {
            match self.0.receive().unwrap() {
                Packet::Ack(kind::PUBACK, 1, code) => {
                    assert!(code == 0 || code == 0x10, "{topic}: {code:#x}");
                    break;
                }
                Packet::Publish(_) => {}
                other => panic!("{other:?}"),
            }
        }
        drop(self.heard());
    }
}
