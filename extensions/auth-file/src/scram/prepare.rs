//! SASLprep (RFC 4013): one spelling for names and passwords that look the same.

use std::borrow::Cow;

/// The prepared form; says why there is none. Printable ASCII is its own.
pub(crate) fn prepare(text: &str) -> Result<Cow<'_, str>, &'static str> {
    let prepared =
        stringprep::saslprep(text).map_err(|_| "it holds characters that SASLprep (RFC 4013) forbids")?;
    if prepared.is_empty() { Err("it is empty after SASLprep (RFC 4013)") } else { Ok(prepared) }
}
