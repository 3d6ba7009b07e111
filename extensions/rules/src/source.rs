//! Where rules come from.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tidegate_config::sections::{Authorization, Rule};
use tidegate_config::{Loaded, Origin, Problems};

use crate::Rules;

/// The largest rules file, in bytes.
const LARGEST: u64 = 64 << 20;

/// Why rules cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The configuration has no valid section.
    #[error("{0}")]
    Configuration(Problems),
    /// The file cannot be read.
    #[error("the rules file {0} cannot be read: {1}")]
    Unreadable(PathBuf, io::Error),
    /// It is larger than rules are.
    #[error("the rules file {0} is larger than {LARGEST} bytes")]
    TooLarge(PathBuf),
    /// What it says is wrong; one problem a line, each with its place.
    #[error("{0}")]
    Wrong(Problems),
}

impl Rules {
    /// The rules of a configuration, then those of its file; nothing if it names no source of rules.
    ///
    /// # Errors
    /// When the file cannot be read, or anything in it is wrong.
    pub fn open(loaded: &Loaded) -> Result<Option<Self>, RulesError> {
        let section: Authorization = loaded.section().map_err(RulesError::Configuration)?;
        if !section.has_rules() {
            return Ok(None);
        }
        let mut places = loaded.places("authorization.rules").into_iter();
        let placed = |rule: Rule| (rule, places.next().unwrap_or_default());
        let mut rules: Vec<(Rule, Origin)> = section.rules.into_iter().map(placed).collect();
        if let Some(file) = &section.file {
            rules.extend(read_file(file)?);
        }
        Ok(Some(Self::new(&rules, section.no_match)))
    }
}

/// The rules of a file, and where each stands.
fn read_file(path: &Path) -> Result<Vec<(Rule, Origin)>, RulesError> {
    let unreadable = |error: io::Error| RulesError::Unreadable(path.to_owned(), error);
    let mut text = String::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LARGEST.saturating_add(1)).read_to_string(&mut text).map_err(unreadable)?;
    if u64::try_from(text.len()).is_ok_and(|length| length > LARGEST) {
        return Err(RulesError::TooLarge(path.to_owned()));
    }
    Authorization::read_rules(&path.display().to_string(), &text).map_err(RulesError::Wrong)
}
