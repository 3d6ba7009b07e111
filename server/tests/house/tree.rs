//! The files of the project.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The workspace's root.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let server = Path::new(env!("CARGO_MANIFEST_DIR"));
        server.parent().expect("server/ lies in the workspace").canonicalize().expect("the root exists")
    })
}

/// Every text file that is under version control or would be with `git add`: its path below the root, with
/// `/`, and its text. Files that are not UTF-8 are left out.
pub(crate) fn texts() -> &'static [(String, String)] {
    static TEXTS: OnceLock<Vec<(String, String)>> = OnceLock::new();
    TEXTS.get_or_init(|| {
        let paths = listed().unwrap_or_else(|| walked(root()));
        let text = |path: String| std::fs::read_to_string(root().join(&path)).ok().map(|text| (path, text));
        let texts: Vec<_> = paths.into_iter().filter_map(text).collect();
        assert!(texts.iter().any(|(path, _)| path == "server/tests/house.rs"), "the tree was not found");
        texts
    })
}

/// What git knows and does not ignore; nothing without git (a source archive).
fn listed() -> Option<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let paths: Vec<String> = text.split_terminator('\0').map(str::to_owned).collect();
    (output.status.success() && !paths.is_empty()).then_some(paths)
}

/// Everything below `folder` that no build made.
fn walked(folder: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of the project can be read") {
        let path = entry.expect("a folder of the project can be read").path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | ".git" | "node_modules" | "tidegate-data") {
                paths.extend(walked(&path));
            }
        } else if let Ok(below) = path.strip_prefix(root()) {
            let parts: Vec<String> = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            paths.push(parts.join("/"));
        }
    }
    paths
}
