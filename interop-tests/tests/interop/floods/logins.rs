//! 20,000 logins with passwords, right and wrong, beside people who are at work.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use tidegate_interop_tests::broker::tidegate::Tidegate;
use tidegate_interop_tests::broker::{Running, Settings};
use tidegate_interop_tests::peers;
use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::encode::Connect;

use super::crowd::{Login, Tally, log_in};
use super::{HASH, asking};
use crate::interop::attacks::allow_many_descriptors;
use crate::interop::attacks::guarded::tidegate;
use crate::interop::attacks::visitor::{Entrance, Visitor};
use crate::interop::stage::Program;

const LOGINS: usize = 20_000;
const USERS: usize = 40;
const RIGHT: &str = "right";
const WRONG: &str = "wrong";

/// How many are connected at one time; `INTEROP_LOGINS_AT_ONCE` says otherwise, where descriptors allow it.
fn at_once() -> usize {
    std::env::var("INTEROP_LOGINS_AT_ONCE").ok().and_then(|text| text.parse().ok()).unwrap_or(4_000)
}

/// A costly hash of the password `secret`, as `tidegate passwd` makes them.
fn costly_hash() -> String {
    let dir = tempfile::tempdir().unwrap();
    let (file, password) = (dir.path().join("users"), dir.path().join("password"));
    fs::write(&password, "secret").unwrap();
    let mut command = Tidegate::built().unwrap().tool();
    command.args(["passwd", "--password-stdin"]).arg(&file).arg("somebody");
    let (status, said) = Program::output_of(command, File::open(password).unwrap().into());
    assert!(status.success(), "{said}");
    let text = fs::read_to_string(file).unwrap();
    text.trim().strip_prefix("somebody:").unwrap().to_owned()
}

/// A broker with users `user-0`, `user-1` and so on, and three more; the file goes with it.
fn broker(hash: &str, rules: impl Fn(Settings) -> Settings) -> Option<(Running, tempfile::TempDir)> {
    let dir = tempfile::tempdir().unwrap();
    let names = (0..USERS).map(|index| format!("user-{index}"));
    let others = ["worker", "regular", "newcomer"].map(str::to_owned);
    let lines: String = names.chain(others).map(|name| format!("{name}:{hash}\n")).collect();
    // So that it is the pool's own patience that ends waiting, also where a hash takes seconds.
    let settings = Settings { connect_timeout: Some(Duration::from_secs(60)), ..asking(dir.path(), &lines) };
    tidegate(&rules(settings)).map(|broker| (broker, dir))
}

/// Who belongs here, from an address of his own.
fn honest<'a>(id: &'a str, user: &'a str, address: u8) -> Visitor<'a> {
    Visitor::new(Version::V5, id).user(user).password("secret").from(address)
}

/// What others got done meanwhile.
#[derive(Debug, Default)]
struct Work {
    over: AtomicBool,
    messages: AtomicUsize,
    logins: AtomicUsize,
}

impl Work {
    /// Messages between people who were connected before, one after the other.
    fn talk(&self, broker: SocketAddr) {
        let mut ear = honest("ear", "worker", 8).connect(broker);
        ear.subscribe("work", 0, &[]).unwrap();
        let mut mouth = honest("mouth", "worker", 8).connect(broker);
        while !self.over.load(Ordering::Acquire) {
            assert!(mouth.publish("work", b"x", &[]).unwrap() < 0x80);
            assert_eq!(ear.message().unwrap().payload, b"x");
            self.messages.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Somebody whose proof is remembered comes again and again.
    fn come_again(&self, broker: SocketAddr) {
        while !self.over.load(Ordering::Acquire) {
            drop(honest("regular", "regular", 8).connect(broker));
            self.logins.fetch_add(1, Ordering::AcqRel);
        }
    }
}

/// Half with right passwords, half with wrong ones, half in either version, from three addresses.
fn crowd<'a>(names: &'a [String], ids: &'a [String]) -> impl Iterator<Item = Login<'a>> {
    (0..LOGINS).map(|index| {
        let version = if index % 4 < 2 { Version::V5 } else { Version::V311 };
        let right = index % 2 == 0;
        let password: &[u8] = if right { b"secret" } else { b"guess" };
        let connect = Connect {
            user: Some(&names[index % USERS]),
            password: Some(password),
            ..Connect::clean(version, &ids[index])
        };
        let address = 2 + u8::try_from(index % 3).unwrap();
        Login { connect, address, kind: if right { RIGHT } else { WRONG } }
    })
}

/// Floods the broker while others work; answers what the crowd was told, and at how much memory at most.
fn flood(broker: &Running, meanwhile: impl FnOnce() + Send) -> (Tally, u64) {
    let names: Vec<String> = (0..USERS).map(|index| format!("user-{index}")).collect();
    let ids: Vec<String> = (0..LOGINS).map(|index| format!("flood-{index}")).collect();
    let work = Work::default();
    let address = broker.address;
    // Proved once beforehand, and remembered from then on.
    for user in ["worker", "regular"] {
        drop(honest(user, user, 8).connect(address));
    }
    let (mut most, mut in_the_storm) = (0, 0);
    allow_many_descriptors();
    let tally = thread::scope(|scope| {
        scope.spawn(|| work.talk(address));
        scope.spawn(|| work.come_again(address));
        scope.spawn(meanwhile);
        let tally = log_in(address, crowd(&names, &ids), at_once(), |through| {
            if through % 1_000 == 0 {
                most = most.max(broker.rss());
            }
            // What comes after that are the last few hundred, which wait for hashes.
            if through == LOGINS - 1_000 {
                in_the_storm = work.messages.load(Ordering::Acquire);
            }
        });
        work.over.store(true, Ordering::Release);
        tally
    });
    let logins = work.logins.load(Ordering::Acquire);
    let beside = format!("{in_the_storm} messages, {logins} logins");
    peers::progress(&format!("login flood: {tally:?}; {most} bytes; beside it {beside}"));
    assert!(in_the_storm >= 100, "those who were connected wait: {beside}");
    assert!(logins >= 20, "those who are known wait: {beside}");
    (tally, most)
}

/// Nothing but the pool that computes hashes stands against it.
#[test]
fn a_flood_of_logins_is_no_outage() {
    let off = |settings: Settings| {
        settings
            .with_text("zones.default.failed_logins", "off")
            .with_text("zones.default.failed_logins_per_address", "off")
    };
    let Some((broker, _dir)) = broker(&costly_hash(), off) else { return };
    let address = broker.address;
    let before = broker.rss();
    // Never seen before, from an address that floods nobody: one hash has to be computed for him.
    let newcomer = || {
        let came = honest("newcomer", "newcomer", 9).enter(address);
        assert!(matches!(came, Entrance::In(..)), "{came:?}");
    };
    let (tally, most) = flood(&broker, newcomer);
    assert_eq!(tally.values().sum::<usize>(), LOGINS);
    for ((kind, code), count) in &tally {
        let fits = match (*kind, *code) {
            // Let in, or told to come later.
            (RIGHT, Some(0)) => true,
            (_, Some(0x89 | 3)) => true,
            (WRONG, Some(0x86 | 4 | 0x87 | 5)) => true,
            _ => false,
        };
        assert!(fits, "{count} with {kind} passwords: {code:x?}");
    }
    assert!(tally.contains_key(&(RIGHT, Some(0))), "{tally:?}");
    assert!(most - before < 256 << 20, "{before} bytes before, {most} in the flood");
    // Nobody is kept out afterwards.
    drop(honest("user-0", "user-0", 2).connect(address));
}

/// With its usual bounds the broker computes no hash for those who failed too often.
#[test]
fn a_flood_of_wrong_passwords_is_turned_away() {
    let Some((broker, _dir)) = broker(HASH, |settings| settings) else { return };
    let address = broker.address;
    let newcomer = || {
        let came = honest("newcomer", "newcomer", 9).enter(address);
        assert!(matches!(came, Entrance::In(..)), "{came:?}");
    };
    let (tally, _) = flood(&broker, newcomer);
    assert_eq!(tally.values().sum::<usize>(), LOGINS);
    let with = |kind, codes: &[Option<u8>]| -> usize {
        tally
            .iter()
            .filter(|((of, code), _)| *of == kind && codes.contains(code))
            .map(|(_, count)| count)
            .sum()
    };
    assert_eq!(with(WRONG, &[Some(0)]), 0, "{tally:?}");
    // What each address may fail in its time, and what was on its way when it had.
    let looked_at = with(WRONG, &[Some(0x86), Some(4)]);
    assert!(looked_at <= 3 * (300 + 512), "{looked_at}: {tally:?}");
    let turned_away = [Some(0x9F), Some(0x89), Some(3), None];
    assert_eq!(with(WRONG, &turned_away) + looked_at, LOGINS / 2, "{tally:?}");
    assert_eq!(with(RIGHT, &turned_away) + with(RIGHT, &[Some(0)]), LOGINS / 2, "{tally:?}");
}
