//! Where dependencies come from, and that the binary holds each of them once.

use std::collections::BTreeMap;

use crate::exceptions::Exceptions;
use crate::metadata::{everywhere, here};

#[test]
fn everything_comes_from_the_registry_or_the_workspace() {
    const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
    let mut faults = Vec::new();
    for package in everywhere().packages.values() {
        match &package.source {
            None if package.folder().is_some() => {}
            Some(source) if source == REGISTRY => {}
            source => faults.push(format!("{} {} comes from {source:?}", package.name, package.version)),
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_lock_file_has_a_checksum_for_every_download() {
    let text =
        std::fs::read_to_string(crate::tree::root().join("Cargo.lock")).expect("Cargo.lock can be read");
    let lock: toml::Table = toml::from_str(&text).expect("Cargo.lock is TOML");
    let packages = lock["package"].as_array().expect("Cargo.lock lists packages");
    for package in packages.iter().filter(|package| package.get("source").is_some()) {
        assert!(package.get("checksum").is_some(), "{} has no checksum", package["name"]);
    }
}

#[test]
fn the_binary_holds_each_crate_once() {
    let graph = here();
    let server = graph.member_in("server").expect("server is a member");
    let mut versions: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (id, way) in graph.normal_tree(server) {
        let package = &graph.packages[id];
        versions.entry(&package.name).or_default().push(format!(
            "{} ({})",
            package.version,
            way.join(" -> ")
        ));
    }
    let mut exceptions = Exceptions::read("duplicate-exceptions.toml");
    let twice = versions.into_iter().filter(|(_, found)| found.len() > 1);
    let faults: Vec<String> = twice
        .filter(|(name, _)| !exceptions.allow(name))
        .map(|(name, found)| format!("{name} is built {} times: {}", found.len(), found.join(", ")))
        .collect();
    exceptions.settle(&faults);
}
