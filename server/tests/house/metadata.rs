//! `cargo metadata`, as far as the rules need it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use serde::Deserialize;

#[derive(Deserialize)]
struct Output {
    packages: Vec<Package>,
    resolve: Resolve,
    workspace_members: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) manifest_path: PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<KindOf>,
}

#[derive(Deserialize)]
struct KindOf {
    kind: Option<String>,
}

/// How a package depends on another. Build scripts count as normal: they decide what is built.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    Normal,
    Dev,
}

/// Packages and edges.
pub(crate) struct Graph {
    pub(crate) packages: BTreeMap<String, Package>,
    /// From a package's id to those it depends on.
    edges: BTreeMap<String, Vec<(String, Kind)>>,
    members: BTreeSet<String>,
}

/// The graph over every platform.
pub(crate) fn everywhere() -> &'static Graph {
    static GRAPH: OnceLock<Graph> = OnceLock::new();
    GRAPH.get_or_init(|| Graph::read(&[]))
}

/// The graph of this machine's platform.
pub(crate) fn here() -> &'static Graph {
    static GRAPH: OnceLock<Graph> = OnceLock::new();
    GRAPH.get_or_init(|| {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let version = Command::new(rustc).arg("-vV").output().expect("rustc runs");
        let text = String::from_utf8(version.stdout).expect("rustc prints UTF-8");
        let host = text.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
        Graph::read(&["--filter-platform", host])
    })
}

impl Graph {
    fn read(extra: &[&str]) -> Self {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked"])
            .args(extra)
            .current_dir(crate::tree::root())
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
        let output: Output = serde_json::from_slice(&output.stdout).expect("cargo prints the format it says");
        let kinds = |dependency: &Dependency| -> Vec<(String, Kind)> {
            let kind =
                |kind: &KindOf| if kind.kind.as_deref() == Some("dev") { Kind::Dev } else { Kind::Normal };
            dependency.dep_kinds.iter().map(|k| (dependency.pkg.clone(), kind(k))).collect()
        };
        let edges = output.resolve.nodes.iter();
        Self {
            edges: edges.map(|node| (node.id.clone(), node.deps.iter().flat_map(kinds).collect())).collect(),
            packages: output.packages.into_iter().map(|package| (package.id.clone(), package)).collect(),
            members: output.workspace_members.into_iter().collect(),
        }
    }

    /// The workspace's own packages.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.members.iter().map(|id| &self.packages[id])
    }

    /// The workspace's package in `folder`, if there is one.
    pub(crate) fn member_in(&self, folder: &str) -> Option<&Package> {
        self.members().find(|package| package.folder() == Some(folder.to_owned()))
    }

    /// What `package` names in its own manifest.
    pub(crate) fn direct(&self, package: &Package) -> Vec<(&Package, Kind)> {
        let edges = self.edges.get(&package.id).map_or(&[][..], Vec::as_slice);
        edges.iter().map(|(id, kind)| (&self.packages[id], *kind)).collect()
    }

    /// Everything that is built for `package` when it is not tested, itself included, each with the way there.
    pub(crate) fn normal_tree<'a>(&'a self, package: &'a Package) -> BTreeMap<&'a str, Vec<&'a str>> {
        let mut ways = BTreeMap::from([(package.id.as_str(), vec![package.name.as_str()])]);
        let mut queue = VecDeque::from([package]);
        while let Some(next) = queue.pop_front() {
            let way = ways[next.id.as_str()].clone();
            for (dependency, _) in self.direct(next).iter().filter(|(_, kind)| *kind == Kind::Normal) {
                if !ways.contains_key(dependency.id.as_str()) {
                    let mut longer = way.clone();
                    longer.push(&dependency.name);
                    ways.insert(&dependency.id, longer);
                    queue.push_back(dependency);
                }
            }
        }
        ways
    }
}

impl Package {
    /// The folder below the workspace's root, if it is one of ours.
    pub(crate) fn folder(&self) -> Option<String> {
        let folder = self.manifest_path.parent()?.strip_prefix(crate::tree::root()).ok()?;
        let segments: Vec<String> = folder.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        self.source.is_none().then(|| segments.join("/"))
    }
}
