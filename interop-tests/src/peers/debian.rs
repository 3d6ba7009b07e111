//! Programs from Debian or Ubuntu packages, unpacked without root.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Missing, install, on_path, run};

/// Programs that came together.
#[derive(Debug, Clone)]
pub struct Programs {
    home: Option<PathBuf>,
    libraries: Vec<PathBuf>,
}

impl Programs {
    /// A command for one of the programs, with its libraries in reach.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let Some(home) = &self.home else {
            return Command::new(on_path(program).unwrap_or_else(|| program.into()));
        };
        // A script in usr/bin may look for its program at an absolute place.
        let own = format!("usr/lib/{program}");
        let places = ["usr/bin", "usr/sbin", &own].map(|dir| home.join(dir).join(program));
        let [first, ..] = &places;
        let mut command = Command::new(places.iter().rev().find(|p| p.is_file()).unwrap_or(first));
        if let Ok(path) = std::env::join_paths(&self.libraries) {
            command.env("LD_LIBRARY_PATH", path);
        }
        command
    }
}

/// `programs` from `PATH` when all are there, else from `packages`, unpacked into `<target>/peers/<name>` with the
/// libraries among their dependencies that the system lacks.
///
/// # Errors
/// [`Missing`] when neither can be had.
pub fn programs(
    name: &'static str,
    version: &str,
    programs: &[&str],
    packages: &[&str],
) -> Result<Programs, Missing> {
    if programs.iter().all(|program| on_path(program).is_some()) {
        return Ok(Programs { home: None, libraries: Vec::new() });
    }
    let home = install(name, version, |into| unpack(into, packages))?;
    let libraries = library_dirs(&home);
    Ok(Programs { home: Some(home), libraries })
}

fn unpack(into: &Path, packages: &[&str]) -> Result<(), String> {
    let lists = package_lists(into, packages)?;
    let wanted = wanted(&lists, packages)?;
    let debs = into.join("debs");
    fs::create_dir_all(&debs).map_err(|e| e.to_string())?;
    run(apt("apt-get", &lists).arg("download").args(&wanted).current_dir(&debs))?;
    for deb in fs::read_dir(&debs).map_err(|e| e.to_string())?.flatten() {
        run(Command::new("dpkg-deb").arg("-x").arg(deb.path()).arg(into))?;
    }
    fs::remove_dir_all(&debs).map_err(|e| e.to_string())
}

/// Options that send apt to a private copy of the package lists when the system has none.
fn package_lists(into: &Path, packages: &[&str]) -> Result<Vec<String>, String> {
    let system = Vec::new();
    if run(apt("apt-cache", &system).arg("show").args(packages)).is_ok() {
        return Ok(system);
    }
    let private = into.join("apt");
    fs::create_dir_all(private.join("lists/partial")).map_err(|e| e.to_string())?;
    fs::create_dir_all(private.join("cache/archives/partial")).map_err(|e| e.to_string())?;
    let options = vec![
        format!("-oDir::State::Lists={}", private.join("lists").display()),
        format!("-oDir::Cache={}", private.join("cache").display()),
        "-oAPT::Sandbox::User=".to_owned(),
    ];
    run(apt("apt-get", &options).arg("update"))?;
    Ok(options)
}

fn apt(program: &str, options: &[String]) -> Command {
    let mut command = Command::new(program);
    command.args(["-q", "-oAPT::Sandbox::User=root"]).args(options);
    command
}

/// The packages, and the libraries among their dependencies that the system lacks.
fn wanted(lists: &[String], packages: &[&str]) -> Result<BTreeSet<String>, String> {
    let only = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"];
    let mut depends = apt("apt-cache", lists);
    depends.args(["depends", "--recurse"]).args(only.map(|kind| format!("--no-{kind}")));
    let tree = run(depends.args(packages))?;
    let names = tree.lines().filter(|line| !line.starts_with([' ', '|', '<']));
    let wanted =
        names.filter(|name| packages.contains(name) || (is_part(name, packages) && !installed(name)));
    Ok(wanted.map(|name| name.strip_suffix(":any").unwrap_or(name).to_owned()).collect())
}

/// Whether a dependency is unpacked too: a library, or a package named after one of `packages`.
fn is_part(package: &str, packages: &[&str]) -> bool {
    let base = ["libc6", "libgcc-s1", "libcrypt1", "libpam", "libelogind", "libdebian-installer", "libnewt"];
    let library = package.starts_with("lib") && !base.iter().any(|known| package.starts_with(known));
    library || packages.iter().any(|wanted| package.strip_prefix(wanted).is_some_and(|r| r == "-common"))
}

fn installed(package: &str) -> bool {
    run(Command::new("dpkg-query").args(["-W", "-f=${db:Status-Status}", package]))
        .is_ok_and(|status| status.contains("installed") && !status.contains("not-installed"))
}

/// Where libraries lie: in the usual places and, for the private ones of a program, one folder deeper.
fn library_dirs(home: &Path) -> Vec<PathBuf> {
    let bases: Vec<PathBuf> = ["usr/lib", "lib"].map(|dir| home.join(dir)).into();
    let nested = folders_in(&bases);
    let private = folders_in(&nested);
    nested.into_iter().chain(bases).chain(private).collect()
}

fn folders_in(folders: &[PathBuf]) -> Vec<PathBuf> {
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flat_map(Iterator::flatten);
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}
