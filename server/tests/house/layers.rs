//! Which folder may depend on which.

use crate::metadata::{Graph, Kind, Package, everywhere};

/// The arrows of the house: a folder, what it may depend on, and why where that is not plain. `x` stands for one
/// name, the same on both sides; `*` for any.
const ARROWS: &[(&str, &[&str], &str)] = &[
    ("server", &["*", "*/*"], "the composition root"),
    (
        "gateways/x",
        &["codecs/x", "core/gateway", "config"],
        "config is a leaf: units and the section's trait",
    ),
    ("core/gateway", &["core/broker", "core/types", "config"], "a listener is what the operator said of it"),
    ("core/broker", &["core/guard", "core/types"], ""),
    ("core/guard", &["core/types"], ""),
    ("core/tls", &["core/types", "config"], "from what an operator says of TLS to what rustls takes"),
    (
        "core/runtime",
        &["core/gateway", "core/broker", "core/tls", "core/types", "codecs/websocket", "config"],
        "",
    ),
    ("core/types", &[], ""),
    ("codecs/lwm2m", &["codecs/coap"], "LwM2M is a profile of CoAP: the one edge between codecs"),
    ("codecs/x", &[], "a codec knows no broker"),
    ("config", &[], "a leaf, so that gateways may have it"),
    ("extensions/x", &["core/broker", "core/guard", "core/types", "config"], "through the kernel's ports"),
    ("interop-tests", &["codecs/*"], "the load generator speaks the protocols, nothing else of ours"),
];

/// What tests may have beyond that.
const TEST_ARROWS: &[(&str, &[&str], &str)] = &[
    ("gateways/x", &["core/broker", "core/types"], "a test looks at what the kernel did"),
    ("extensions/x", &["core/gateway"], "the simulated network"),
];

/// Folders whose packages never see tokio, not even through somebody else.
const PURE: [&str; 7] =
    ["gateways/", "codecs/", "core/broker", "core/types", "core/gateway", "core/guard", "config"];

#[test]
fn arrows_point_where_they_may() {
    let graph = everywhere();
    let faults: Vec<String> = graph.members().flat_map(|package| faults_of(graph, package)).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn faults_of(graph: &Graph, package: &Package) -> Vec<String> {
    let from = package.folder().expect("a member lies in the workspace");
    if !ARROWS.iter().any(|(pattern, _, _)| covers(pattern, &from)) {
        return vec![format!(
            "{from} has no place in the house: give it one in server/tests/house/layers.rs"
        )];
    }
    let edges = graph.direct(package).into_iter().filter_map(|(to, kind)| Some((to.folder()?, kind)));
    edges
        .filter(|(to, kind)| {
            !(allowed(ARROWS, &from, to) || *kind == Kind::Dev && allowed(TEST_ARROWS, &from, to))
        })
        .map(|(to, kind)| format!("{from} must not depend on {to} ({kind:?})"))
        .collect()
}

/// Whether one of `arrows` leads from `from` to `to`. The first pattern that covers a folder is its own.
fn allowed(arrows: &[(&str, &[&str], &str)], from: &str, to: &str) -> bool {
    let Some((pattern, targets, _)) = arrows.iter().find(|(pattern, _, _)| covers(pattern, from)) else {
        return false;
    };
    let name = if pattern.ends_with("/x") { from.rsplit('/').next() } else { None };
    let target = |target: &&str| match (name, target.strip_suffix("/x")) {
        (Some(name), Some(parent)) => to == format!("{parent}/{name}"),
        _ => covers(target, to),
    };
    to != "server" && targets.iter().any(target)
}

/// Whether `folder` is one that `pattern` stands for.
fn covers(pattern: &str, folder: &str) -> bool {
    let same = |(wanted, got): (&str, &str)| wanted == got || wanted == "x" || wanted == "*";
    pattern.split('/').count() == folder.split('/').count()
        && pattern.split('/').zip(folder.split('/')).all(same)
}

#[test]
fn pure_crates_never_see_tokio() {
    let graph = everywhere();
    let mut looked_at = 0;
    for package in graph.members() {
        let folder = package.folder().expect("a member lies in the workspace");
        if !PURE.iter().any(|pure| folder.starts_with(pure)) {
            continue;
        }
        looked_at += 1;
        for (id, way) in graph.normal_tree(package) {
            let name = &graph.packages[id].name;
            assert_ne!(name, "tokio", "{} reaches tokio: {}", package.name, way.join(" -> "));
        }
    }
    assert!(looked_at >= 6, "only {looked_at} pure crates were found");
    let runtime = graph.member_in("core/runtime").expect("core/runtime is a member");
    let reached = graph.normal_tree(runtime);
    assert!(reached.keys().any(|id| graph.packages[*id].name == "tokio"), "the walk does not see tokio");
}

#[test]
fn the_arrows_mean_what_they_say() {
    let cases = [
        ("gateways/mqtt", "codecs/mqtt", true),
        ("gateways/mqtt", "codecs/coap", false),
        ("gateways/mqtt", "core/gateway", true),
        ("gateways/mqtt", "core/broker", false),
        ("gateways/mqtt", "gateways/stomp", false),
        ("gateways/mqtt", "core/runtime", false),
        ("codecs/lwm2m", "codecs/coap", true),
        ("codecs/mqttsn", "codecs/mqtt", false),
        ("codecs/mqtt", "core/types", false),
        ("core/broker", "core/gateway", false),
        ("core/runtime", "config", true),
        ("core/tls", "core/broker", false),
        ("config", "core/types", false),
        ("extensions/store", "core/broker", true),
        ("interop-tests", "server", false),
        ("interop-tests", "codecs/mqtt", true),
        ("server", "core/runtime", true),
        ("server", "config", true),
    ];
    for (from, to, expected) in cases {
        assert_eq!(allowed(ARROWS, from, to), expected, "{from} -> {to}");
    }
}
