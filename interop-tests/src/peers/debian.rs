//! mosquitto and its clients, from Debian or Ubuntu packages unpacked without root.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{Missing, install, on_path, run};

/// The programs of the mosquitto project.
#[derive(Debug, Clone)]
pub struct Mosquitto {
    home: Option<PathBuf>,
    libraries: Vec<PathBuf>,
}

impl Mosquitto {
    /// A command for `mosquitto`, `mosquitto_pub` or `mosquitto_sub`, with its libraries in reach.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let Some(home) = &self.home else {
            return Command::new(on_path(program).unwrap_or_else(|| program.into()));
        };
        let places = ["usr/bin", "usr/sbin"].map(|dir| home.join(dir).join(program));
        let [first, _] = &places;
        let mut command = Command::new(places.iter().find(|p| p.is_file()).unwrap_or(first));
        if let Ok(path) = std::env::join_paths(&self.libraries) {
            command.env("LD_LIBRARY_PATH", path);
        }
        command
    }

    /// What the broker says its version is, for reports.
    #[must_use]
    pub fn version(&self) -> String {
        let output = self.command("mosquitto").arg("-h").output();
        let text = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
        text.split_whitespace().skip_while(|word| *word != "version").nth(1).unwrap_or("unknown").to_owned()
    }
}

/// mosquitto from `PATH` when all its programs are there, else from packages.
///
/// # Errors
/// [`Missing`] when neither can be had.
pub fn mosquitto() -> Result<Mosquitto, Missing> {
    static FOUND: OnceLock<Result<Mosquitto, Missing>> = OnceLock::new();
    FOUND.get_or_init(find).clone()
}

fn find() -> Result<Mosquitto, Missing> {
    if ["mosquitto", "mosquitto_pub", "mosquitto_sub"].iter().all(|program| on_path(program).is_some()) {
        return Ok(Mosquitto { home: None, libraries: Vec::new() });
    }
    let home = install("debian", "mosquitto 1", unpack_packages)?;
    let libraries = library_dirs(&home);
    let found = Mosquitto { home: Some(home), libraries };
    match found.version().as_str() {
        "unknown" => Err(Missing { peer: "mosquitto", reason: "its libraries do not load".to_owned() }),
        _ => Ok(found),
    }
}

fn unpack_packages(into: &Path) -> Result<(), String> {
    let lists = package_lists(into)?;
    let packages = wanted_packages(&lists)?;
    let debs = into.join("debs");
    fs::create_dir_all(&debs).map_err(|e| e.to_string())?;
    run(apt("apt-get", &lists).arg("download").args(&packages).current_dir(&debs))?;
    for deb in fs::read_dir(&debs).map_err(|e| e.to_string())?.flatten() {
        run(Command::new("dpkg-deb").arg("-x").arg(deb.path()).arg(into))?;
    }
    fs::remove_dir_all(&debs).map_err(|e| e.to_string())
}

/// Options that send apt to a private copy of the package lists when the system has none.
fn package_lists(into: &Path) -> Result<Vec<String>, String> {
    let system = Vec::new();
    if run(apt("apt-cache", &system).args(["show", "mosquitto"])).is_ok() {
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

/// mosquitto, its clients, and the libraries among their dependencies that the system lacks.
fn wanted_packages(lists: &[String]) -> Result<BTreeSet<String>, String> {
    let only = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"];
    let mut depends = apt("apt-cache", lists);
    depends.args(["depends", "--recurse"]).args(only.map(|kind| format!("--no-{kind}")));
    let tree = run(depends.args(["mosquitto", "mosquitto-clients"]))?;
    let names = tree.lines().filter(|line| !line.starts_with([' ', '|', '<']));
    let wanted = names.filter(|name| name.starts_with("mosquitto") || (is_library(name) && !installed(name)));
    Ok(wanted.map(str::to_owned).collect())
}

fn is_library(package: &str) -> bool {
    let base = ["libc6", "libgcc-s1", "libcrypt1", "libpam", "libelogind", "libdebian-installer", "libnewt"];
    package.starts_with("lib") && !base.iter().any(|known| package.starts_with(known))
}

fn installed(package: &str) -> bool {
    run(Command::new("dpkg-query").args(["-W", "-f=${db:Status-Status}", package]))
        .is_ok_and(|status| status.contains("installed") && !status.contains("not-installed"))
}

fn library_dirs(home: &Path) -> Vec<PathBuf> {
    let bases = ["usr/lib", "lib"].map(|dir| home.join(dir));
    let nested = bases.iter().filter_map(|base| fs::read_dir(base).ok()).flat_map(Iterator::flatten);
    let nested: Vec<PathBuf> = nested.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    nested.into_iter().chain(bases.iter().cloned()).collect()
}
