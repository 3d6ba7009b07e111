//! paho-mqtt, and scramp for its SCRAM, from the Python package index, run by the system's `python3`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{Missing, install, run};

const PACKAGES: [&str; 2] = ["paho-mqtt==2.*", "scramp==1.4.*"];

/// A Python with paho-mqtt on its path.
#[derive(Debug, Clone)]
pub struct Paho {
    packages: PathBuf,
}

impl Paho {
    /// Where the packages are, for programs of others that run Python.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.packages
    }

    /// A command that runs one of this crate's scripts under `clients/python`.
    #[must_use]
    pub fn script(&self, name: &str) -> Command {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/python").join(name);
        let mut command = Command::new("python3");
        command.env("PYTHONPATH", &self.packages).env("PYTHONDONTWRITEBYTECODE", "1").arg(script);
        command
    }
}

/// paho-mqtt, installed on first use.
///
/// # Errors
/// [`Missing`] when there is no Python or the package cannot be installed.
pub fn paho() -> Result<Paho, Missing> {
    static FOUND: OnceLock<Result<Paho, Missing>> = OnceLock::new();
    FOUND
        .get_or_init(|| install("python", &PACKAGES.join(" "), pip).map(|packages| Paho { packages }))
        .clone()
}

fn pip(into: &Path) -> Result<(), String> {
    let direct = ["-m", "pip", "install", "--quiet", "--no-compile", "--target"];
    let first = run(Command::new("python3").args(direct).arg(into).args(PACKAGES));
    let Err(without_pip) = first else { return Ok(()) };
    let venv = into.join("venv");
    run(Command::new("python3").args(["-m", "venv"]).arg(&venv))
        .map_err(|e| format!("{without_pip}; {e}"))?;
    let venv_python = venv.join("bin/python3");
    run(Command::new(venv_python).args(direct).arg(into).args(PACKAGES))
        .map(drop)
        .map_err(|e| format!("{without_pip}; {e}"))
}
