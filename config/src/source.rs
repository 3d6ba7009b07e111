//! Where a configuration comes from: a file, the environment, the command line.

mod environment;
mod file;
mod set;

use std::ffi::OsString;
use std::path::Path;

use crate::tree::Node;
use crate::{Problem, Problems};

pub(crate) use file::parse as document;
pub(crate) use set::value;

/// The sources of one load, weakest first: file, environment, `--set`. Built-in defaults lie below them all.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    file: Option<(String, String)>,
    environment: Vec<(OsString, OsString)>,
    set: Vec<String>,
}

impl Sources {
    /// No source: the defaults alone.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the file `path` as TOML.
    ///
    /// # Errors
    /// The file cannot be read or is not UTF-8. What it says is judged by [`crate::Loader::load`].
    pub fn read_file(self, path: &Path) -> Result<Self, Problems> {
        let name = path.display().to_string();
        let failed = |reason: String| {
            Problem::source(None, format!("{name}: the configuration file cannot be read: {reason}"))
        };
        let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| failed("it is not UTF-8".to_owned()))?;
        Ok(self.with_file(name, text))
    }

    /// Takes `text` as the configuration file; messages call it `name`.
    #[must_use]
    pub fn with_file(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        // An editor's byte order mark is not part of the first key.
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        self.file = Some((name.into(), text));
        self
    }

    /// Takes the variables named `TIDEGATE__SECTION__KEY` out of `variables`; others are not looked at.
    ///
    /// Segments are lower-cased, so `TIDEGATE__MQTT__LISTENERS__LAN__BIND` is `mqtt.listeners.lan.bind`.
    #[must_use]
    pub fn with_environment(mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        self.environment.extend(variables.into_iter().filter(|(name, _)| environment::is_ours(name)));
        self.environment.sort(); // the order a process gets them in means nothing
        self
    }

    /// Takes `section.key=value` arguments; a later one wins over an earlier one.
    #[must_use]
    pub fn with_set<S: Into<String>>(mut self, assignments: impl IntoIterator<Item = S>) -> Self {
        self.set.extend(assignments.into_iter().map(Into::into));
        self
    }

    /// The layers that can be read, weakest first, and what is wrong with the others.
    pub(crate) fn layers(&self) -> (Vec<Node>, Vec<Problem>) {
        let mut layers = Vec::new();
        let mut problems = Vec::new();
        let file = self.file.as_ref().map(|(name, text)| file::parse(name, text));
        if let Some((layer, mut found)) = file {
            layers.push(layer);
            problems.append(&mut found);
        }
        let variables = self.environment.iter().map(|(name, value)| environment::parse(name, value));
        let assignments = self.set.iter().map(|assignment| set::parse(assignment));
        for layer in variables.chain(assignments) {
            match layer {
                Ok(layer) => layers.push(layer),
                Err(problem) => problems.push(problem),
            }
        }
        (layers, problems)
    }
}
