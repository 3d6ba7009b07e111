//! The clippy.toml nearest to a crate replaces the root's, so each has to repeat what applies.

use std::collections::BTreeMap;

use crate::tree::{root, texts};

/// Folders of pure code: no clock, no IO, nothing spawned (law 6).
const PURE: [&str; 6] = ["codecs", "gateways", "core/broker", "core/gateway", "core/guard", "core/types"];

/// What every one of them bans.
const PURE_BANS: [&str; 5] = [
    "std::time::Instant::now",
    "std::time::SystemTime::now",
    "std::thread::sleep",
    "std::thread::spawn",
    "getrandom::fill",
];

/// Path and reason of every banned method in `folder`'s clippy.toml.
fn bans(folder: &str) -> BTreeMap<String, String> {
    let path = root().join(folder).join("clippy.toml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{folder}/clippy.toml: {error}"));
    let file: toml::Table =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{folder}/clippy.toml: {error}"));
    let methods = file.get("disallowed-methods").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let text = |entry: &toml::Value, key: &str| {
        entry.get(key).and_then(toml::Value::as_str).map(str::to_owned).unwrap_or_default()
    };
    methods.iter().map(|entry| (text(entry, "path"), text(entry, "reason"))).collect()
}

#[test]
fn every_nested_clippy_toml_repeats_the_bans_that_apply() {
    let root_bans = bans("");
    assert!(!root_bans.is_empty(), "the root bans nothing");
    let nested = texts().iter().filter_map(|(path, _)| path.strip_suffix("/clippy.toml"));
    for folder in nested {
        let own = bans(folder);
        // The layering test keeps tokio out of pure crates altogether.
        let pure = PURE.contains(&folder);
        for path in root_bans.keys().filter(|path| !(pure && path.starts_with("tokio::"))) {
            assert!(own.contains_key(path), "{folder}/clippy.toml does not repeat {path}");
        }
    }
}

#[test]
fn pure_folders_ban_clocks_waiting_and_spawning() {
    for folder in PURE {
        let own = bans(folder);
        for path in PURE_BANS {
            assert!(own.contains_key(path), "{folder}/clippy.toml does not ban {path}");
        }
    }
}

#[test]
fn every_ban_has_its_reason() {
    let folders = texts().iter().filter_map(|(path, _)| path.strip_suffix("clippy.toml"));
    for folder in folders.filter(|folder| folder.is_empty() || folder.ends_with('/')) {
        for (path, reason) in bans(folder) {
            assert!(!path.is_empty() && !reason.is_empty(), "{folder}clippy.toml: {path} has no reason");
        }
    }
}
