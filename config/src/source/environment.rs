//! `TIDEGATE__SECTION__KEY=value`.

use std::ffi::OsStr;

use super::set::value;
use crate::tree::{Node, nest};
use crate::{Origin, Problem};

const PREFIX: &str = "TIDEGATE__";

/// Whether a variable of this name is meant for the configuration.
pub(super) fn is_ours(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(PREFIX.as_bytes())
}

/// The variable as a tree with one leaf.
pub(super) fn parse(name: &OsStr, text: &OsStr) -> Result<Node, Problem> {
    let shown = name.to_string_lossy();
    let origin = Origin::Environment(shown.escape_debug().to_string().into());
    let failed = |message: &str| Problem::source(Some(origin.clone()), message);
    let path = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).map(str::to_lowercase);
    let path = path.ok_or_else(|| failed("the variable's name is not UTF-8"))?;
    let keys: Vec<&str> = path.split("__").collect();
    if keys.len() < 2 || keys.iter().any(|key| key.is_empty()) {
        return Err(failed("expected a name such as TIDEGATE__SECTION__KEY"));
    }
    let text = text.to_str().ok_or_else(|| failed("the variable's value is not UTF-8"))?;
    Ok(nest(&keys, value(text, &origin)))
}
