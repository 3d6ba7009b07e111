//! Clause coverage: each clause that one packet's bytes can break stands cited in the sources, or in
//! `spec-gaps.md` with a reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Clauses of MQTT 5.0 that are the codec's, as section and numbers.
const V5: &[(&str, &[u8])] = &[
    ("1.5.4", &[1, 2, 3]),
    ("1.5.5", &[1]),
    ("1.5.7", &[1]),
    ("2.1.3", &[1]),
    ("2.2.1", &[2, 3, 4]),
    ("2.2.2", &[1]),
    ("3.1.0", &[1, 2]),
    ("3.1.2", &[1, 2, 3, 9, 11, 12, 13, 16, 17, 18, 19]),
    ("3.1.3", &[1, 3, 4, 11, 12]),
    ("3.1.4", &[1]),
    ("3.2.2", &[1, 6, 8]),
    ("3.3.1", &[2, 4]),
    ("3.3.2", &[1, 2, 4, 8, 13, 14, 15, 16, 17, 18, 19, 20]),
    ("3.3.4", &[6]),
    ("3.4.2", &[1]),
    ("3.5.2", &[1]),
    ("3.6.1", &[1]),
    ("3.6.2", &[1]),
    ("3.7.2", &[1]),
    ("3.8.1", &[1]),
    ("3.8.3", &[1, 2, 4, 5]),
    ("3.9.3", &[2]),
    ("3.10.1", &[1]),
    ("3.10.3", &[1, 2]),
    ("3.11.3", &[2]),
    ("3.14.1", &[1]),
    ("3.14.2", &[1, 2]),
    ("3.15.1", &[1]),
    ("3.15.2", &[1]),
    ("4.7.0", &[1]),
    ("4.7.1", &[1, 2]),
    ("4.7.3", &[1, 2, 3, 4]),
    ("4.8.2", &[1, 2]),
    ("4.13.1", &[1]),
];

/// The same of MQTT 3.1.1.
const V3: &[(&str, &[u8])] = &[
    ("1.5.3", &[1, 2, 3]),
    ("2.2.2", &[1, 2]),
    ("2.3.1", &[1, 5]),
    ("3.1.0", &[1, 2]),
    ("3.1.2", &[1, 2, 3, 9, 11, 13, 14, 15, 18, 19, 20, 21, 22]),
    ("3.1.3", &[1, 3, 4, 7, 8, 9, 10, 11]),
    ("3.1.4", &[1]),
    ("3.2.2", &[4]),
    ("3.3.1", &[2, 4]),
    ("3.3.2", &[1, 2]),
    ("3.6.1", &[1]),
    ("3.8.1", &[1]),
    ("3.8.3", &[1, 3, 4]),
    ("3.9.3", &[2]),
    ("3.10.1", &[1]),
    ("3.10.3", &[1, 2]),
    ("3.14.1", &[1]),
    ("4.7.1", &[1, 2, 3]),
    ("4.7.3", &[1, 2, 3, 4]),
    ("4.8.0", &[1]),
];

fn owned() -> BTreeSet<String> {
    let name = |prefix: &str, table: &[(&str, &[u8])]| {
        table
            .iter()
            .flat_map(|(section, numbers)| numbers.iter().map(move |number| format!("{section}-{number}")))
            .map(|clause| format!("[{prefix}-{clause}]"))
            .collect::<Vec<_>>()
    };
    name("MQTT", V5).into_iter().chain(name("MQTT3", V3)).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// The ids in brackets that a text holds.
fn cited(text: &str) -> BTreeSet<String> {
    let ids = text.split('[').skip(1).filter_map(|after| after.split_once(']')).map(|(id, _)| id);
    ids.filter(|id| id.starts_with("MQTT-") || id.starts_with("MQTT3-")).map(|id| format!("[{id}]")).collect()
}

#[test]
fn every_clause_is_cited_or_listed_as_a_gap() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    let text: String = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let (owned, cited_ids) = (owned(), cited(&text));
    let gaps = cited(&fs::read_to_string(root.join("spec-gaps.md")).unwrap());
    let missing: Vec<_> = owned.iter().filter(|id| !cited_ids.contains(*id) && !gaps.contains(*id)).collect();
    println!(
        "{} of {} clauses are cited, {} are gaps; {} ids are cited in all",
        owned.iter().filter(|id| cited_ids.contains(*id)).count(),
        owned.len(),
        gaps.len(),
        cited_ids.len()
    );
    assert!(missing.is_empty(), "neither cited nor listed: {missing:?}");
    let number = |id: &str| {
        let inner = id.trim_matches(['[', ']']).split_once('-').unwrap().1;
        inner == "x.y.z-n" || inner.split(['.', '-']).all(|part| part.parse::<u8>().is_ok())
    };
    let odd: Vec<_> = cited_ids.iter().filter(|id| !number(id)).collect();
    assert!(odd.is_empty(), "no such ids: {odd:?}");
}
