//! Which normative statements are cited where they are honoured, and that none is forgotten.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a test fails by panicking, and this one prints the coverage"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Where citations are looked for, from the root of the workspace.
const FOLDERS: [&str; 5] = ["codecs/mqtt", "gateways/mqtt", "core", "server", "interop-tests"];

/// Files that have ids as examples.
const EXPLAIN_THE_FORM: [&str; 2] = ["gateways/mqtt/tests/clauses.rs", "server/tests/house/words.rs"];

/// Where what is not honoured stands, with reasons.
const GAPS: [&str; 2] = ["codecs/mqtt/spec-gaps.md", "gateways/mqtt/spec-gaps.md"];

/// A list of statements, and how their ids are cited.
struct Specification {
    name: &'static str,
    list: &'static str,
    prefix: &'static str,
}

const SPECIFICATIONS: [Specification; 2] = [
    Specification { name: "3.1.1", list: include_str!("../clauses/mqtt-3.1.1.txt"), prefix: "MQTT3-" },
    Specification { name: "5.0", list: include_str!("../clauses/mqtt-5.0.txt"), prefix: "MQTT-" },
];

/// A statement: whether it binds a server, and what it asks for.
type Statements = BTreeMap<String, (bool, &'static str)>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn statements(specification: &Specification) -> Statements {
    let lines = specification.list.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let mut fields = line.splitn(3, " | ");
            let mut next = || fields.next().unwrap_or_else(|| panic!("three fields are expected: {line}"));
            let (id, whom, what) = (next(), next(), next());
            let binds = match whom {
                "server" | "both" => true,
                "client" => false,
                other => panic!("{id} binds {other}"),
            };
            (format!("{}{id}", specification.prefix), (binds, what))
        })
        .collect()
}

/// Every `.rs` file below `folder`.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The ids in square brackets in `text`: `[MQTT-1.5.4-1]`; several as `[MQTT-4.8.2-4, -5]` or
/// `[MQTT-4.8.2-4, MQTT-3.3.4-3]`.
fn citations(text: &str, found: &mut BTreeSet<String>) {
    for part in text.split('[').skip(1) {
        let Some((inside, _)) = part.split_once(']') else { continue };
        let mut section = "";
        for id in inside.split(", ") {
            if is_id(id) {
                section = id.rsplit_once('-').map_or("", |(section, _)| section);
                found.insert(id.to_owned());
            } else if is_id(&format!("{section}{id}")) {
                found.insert(format!("{section}{id}"));
            }
        }
    }
}

fn is_id(text: &str) -> bool {
    let id = text.strip_prefix("MQTT-").or_else(|| text.strip_prefix("MQTT3-"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    id.and_then(|id| id.split_once('-')).is_some_and(|(section, number)| {
        section.split('.').count() == 3 && section.split('.').all(is_number) && is_number(number)
    })
}

/// The ids that stand in a list of gaps with a reason behind them: `- [MQTT-6.0.0-4]: the reason`.
fn gaps(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let items = text.lines().filter_map(|line| line.strip_prefix("- "));
    for (ids, reason) in items.filter_map(|item| item.split_once(": ")) {
        if !reason.trim().is_empty() {
            citations(ids, &mut found);
        }
    }
    found
}

fn cited() -> BTreeSet<String> {
    let mut files = Vec::new();
    FOLDERS.iter().for_each(|folder| sources(&root().join(folder), &mut files));
    let mut found = BTreeSet::new();
    // These explain the form with ids of their own.
    let explains = |path: &Path| EXPLAIN_THE_FORM.iter().any(|file| path.ends_with(file));
    for path in files.iter().filter(|path| !explains(path)) {
        citations(&fs::read_to_string(path).unwrap(), &mut found);
    }
    found
}

#[test]
fn every_statement_that_binds_a_server_is_cited_or_a_gap_with_a_reason() {
    let cited = cited();
    let gaps: BTreeSet<String> = GAPS
        .iter()
        .flat_map(|path| gaps(&fs::read_to_string(root().join(path)).unwrap_or_default()))
        .collect();
    let mut forgotten = Vec::new();
    for specification in &SPECIFICATIONS {
        let statements = statements(specification);
        let binding: Vec<_> = statements.iter().filter(|(_, (binds, _))| *binds).collect();
        let honoured = binding.iter().filter(|(id, _)| cited.contains(*id)).count();
        let listed = binding.iter().filter(|(id, _)| !cited.contains(*id) && gaps.contains(*id)).count();
        let clients = statements.iter().filter(|(id, (binds, _))| !binds && cited.contains(*id)).count();
        println!(
            "MQTT {}: {} statements; of {} that bind a server {honoured} are cited, {listed} are gaps with a \
             reason; of {} that bind clients alone {clients} are cited",
            specification.name,
            statements.len(),
            binding.len(),
            statements.len() - binding.len(),
        );
        let missing = binding.iter().filter(|(id, _)| !cited.contains(*id) && !gaps.contains(*id));
        forgotten.extend(missing.map(|(id, (_, what))| format!("{id}: {what}")));
    }
    assert!(forgotten.is_empty(), "neither cited nor a gap:\n{}", forgotten.join("\n"));
}

#[test]
fn every_id_that_is_cited_exists() {
    let known: BTreeSet<String> =
        SPECIFICATIONS.iter().flat_map(|specification| statements(specification).into_keys()).collect();
    let unknown: Vec<_> = cited().difference(&known).cloned().collect();
    assert_eq!(unknown, Vec::<String>::new());
}

#[test]
fn the_lists_are_whole() {
    let counts = SPECIFICATIONS.map(|specification| statements(&specification).len());
    assert_eq!(counts, [141, 251]);
}

#[test]
fn citations_are_found_in_both_forms() {
    let mut found = BTreeSet::new();
    citations("a [MQTT-4.8.2-4, -5] b [MQTT3-3.1.0-1, MQTT-1.5.4-1] c [not-one] [MQTT-x, -1]", &mut found);
    let found: Vec<_> = found.iter().map(String::as_str).collect();
    assert_eq!(found, ["MQTT-1.5.4-1", "MQTT-4.8.2-4", "MQTT-4.8.2-5", "MQTT3-3.1.0-1"]);
    assert!(gaps("- [MQTT-6.0.0-1]: \n- [MQTT-6.0.0-2]: later\n").iter().eq(["MQTT-6.0.0-2"]));
}
