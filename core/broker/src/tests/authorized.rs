//! Nothing gets round the door from within, either: who makes the mark, and who may touch the router, by the text of
//! the sources.

use std::fs;
use std::path::{Path, PathBuf};

/// The crate's sources but its tests, by their path below `src`.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut found) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
            // The crate's own page shows what does not compile.
            if !name.contains("tests") && !["interleavings.rs", "lib.rs"].contains(&name.as_str()) {
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 50, "the sources are there");
    found
}

/// The files in which `text` stands, in order.
fn who_says(text: &str) -> Vec<String> {
    let mut names: Vec<_> =
        sources().into_iter().filter(|(_, source)| source.contains(text)).map(|(name, _)| name).collect();
    names.sort();
    names
}

#[test]
fn one_file_marks_things_as_authorized() {
    assert_eq!(who_says("Authorized("), ["access.rs"]);
}

#[test]
fn whoever_puts_into_the_router_or_sends_through_it_takes_what_is_marked() {
    // `groups.rs` is called by the one in `subscribe.rs`; the router of `rejudge.rs` is its own.
    assert_eq!(who_says("router.insert("), ["groups.rs", "rejudge.rs", "subscribe.rs"]);
    assert_eq!(who_says("groups.join("), ["subscribe.rs"]);
    assert_eq!(who_says("router.wildcards("), ["publish.rs", "rejudge.rs", "transact.rs"]);
    assert_eq!(who_says("router.exact("), ["publish.rs", "rejudge.rs", "transact.rs"]);
    for (name, marked) in [
        ("subscribe.rs", &["authorized: &Authorized<Subscription>"][..]),
        (
            "publish.rs",
            &[
                "authorized: &Authorized<Draft<'_>>,\n        owner",
                "authorized: &Authorized<Draft<'_>>,\n        stamp",
            ],
        ),
        ("transact.rs", &["draft: &Authorized<Draft<'a>>", "drafts: &[Option<Authorized<Draft<'_>>>]"]),
    ] {
        let (_, source) = sources().into_iter().find(|(known, _)| known == name).unwrap();
        for text in marked {
            assert!(source.contains(text), "{name}: {text}");
        }
    }
}

#[test]
fn one_function_asks_the_rules_for_whoever_acts() {
    assert_eq!(who_says(".decide("), ["access.rs", "rejudge.rs"]);
    assert_eq!(who_says("authorizer.authorize("), ["rules.rs"]);
}
