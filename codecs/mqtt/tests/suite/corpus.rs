//! The corpus of the fuzz target, replayed on stable. It holds every golden vector and every refused line, and
//! what fuzzing found. `MQTT_CODEC_BLESS=1` writes the table's entries anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::hex;
use crate::invariants::{Outcome, Setting, check};
use crate::refused::refused;
use crate::vectors::vectors;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/decode")
}

/// A file name from a table entry's name.
fn file_name(prefix: &str, name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { '-' };
    format!("{prefix}-{}", name.chars().map(plain).collect::<String>())
}

/// The tables as files, with what must come of each.
fn expected() -> BTreeMap<String, (Vec<u8>, Outcome)> {
    let mut files = BTreeMap::new();
    for vector in vectors() {
        let selector = Setting::selector(vector.role, vector.connection());
        let name = file_name("packet", &format!("{}-{selector}", vector.name));
        let entry = ([&[selector], vector.bytes].concat(), Outcome::Packet);
        assert!(files.insert(name, entry).is_none(), "{} has a namesake", vector.name);
    }
    for case in refused() {
        let selector = Setting::selector(case.role, case.version);
        let bytes = [vec![selector], hex::bytes(case.line)].concat();
        let name = file_name("refused", &format!("{}-{selector}", case.what));
        assert!(files.insert(name, (bytes, Outcome::Refused)).is_none(), "{} has a namesake", case.what);
    }
    files
}

#[test]
fn holds_the_tables() {
    let bless = std::env::var_os("MQTT_CODEC_BLESS").is_some();
    if bless {
        fs::create_dir_all(folder()).unwrap();
    }
    for (name, (bytes, _)) in expected() {
        let path = folder().join(&name);
        if bless {
            fs::write(&path, &bytes).unwrap();
        }
        let stored =
            fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}; MQTT_CODEC_BLESS=1 writes it"));
        assert_eq!(stored, bytes, "{name}: MQTT_CODEC_BLESS=1 writes it anew");
    }
}

#[test]
fn every_file_holds() {
    let expected = expected();
    let mut replayed = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let outcome = check(&fs::read(entry.path()).unwrap());
        if let Some((_, wanted)) = expected.get(&name)
            && !name.starts_with("refused-above-the-maximum")
        {
            assert_eq!(outcome, *wanted, "{name}");
        }
        replayed += 1;
    }
    assert!(replayed >= expected.len());
}
