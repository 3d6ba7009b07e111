//! `[data]`

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Checks, OptionDoc, Reload, Section};

/// What is kept on disk.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// The directory of this broker; two brokers cannot share one.
    pub dir: PathBuf,
}

impl Default for Data {
    fn default() -> Self {
        Self { dir: PathBuf::from("./tidegate-data") }
    }
}

impl Section for Data {
    const NAME: &'static str = "data";
    const INTRO: &'static str = "Where the broker keeps what it has to keep.";

    fn options() -> &'static [OptionDoc] {
        &[OptionDoc {
            key: "dir",
            unit: "path",
            doc: "The directory of this broker, made if it does not exist and locked while the broker runs: two \
                  brokers cannot share one. A relative path counts from where the broker was started.",
            cost: "",
            reload: Reload::Restart,
            example: None,
        }]
    }

    fn check(&self, checks: &mut Checks<'_>) {
        if self.dir.as_os_str().is_empty() {
            checks.expected("dir", "a path", "\"\"");
        }
    }
}
