//! What every request has to be, whatever the policy (RFC 6455 §4.2.1).

use tungstenite::handshake::server::Request as HttpRequest;

use super::{MAX_FIELDS, Refusal};

/// Checks a head that is GET and HTTP/1.1 already.
pub(super) fn request(request: &HttpRequest) -> Result<(), Refusal> {
    if request.headers().len() > MAX_FIELDS {
        return Err(Refusal::TooLarge);
    }
    if only(request, "host").ok().flatten().is_none_or(<[u8]>::is_empty) {
        return Err(Refusal::Host);
    }
    let length = only(request, "content-length").unwrap_or(Some(b"several"));
    if length.is_some_and(|length| length != b"0") || request.headers().contains_key("transfer-encoding") {
        return Err(Refusal::Body);
    }
    if !lists(request, "upgrade", "websocket") || !lists(request, "connection", "upgrade") {
        return Err(Refusal::NotAnUpgrade);
    }
    if only(request, "sec-websocket-version") != Ok(Some(b"13")) {
        return Err(Refusal::Version);
    }
    match only(request, "sec-websocket-key") {
        Ok(Some(key)) if is_key(key) => Ok(()),
        _ => Err(Refusal::Key),
    }
}

/// There was more than one field of a name that may stand once.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Several;

/// The value of a field that may stand once.
pub(super) fn only<'a>(request: &'a HttpRequest, name: &str) -> Result<Option<&'a [u8]>, Several> {
    let mut values =
        request.headers().get_all(name).into_iter().map(tungstenite::http::HeaderValue::as_bytes);
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(Several),
    }
}

/// The members of a comma-separated list, which may be spread over several fields (RFC 9110 §5.6.1).
pub(super) fn members<'a>(request: &'a HttpRequest, name: &str) -> impl DoubleEndedIterator<Item = &'a [u8]> {
    let values = request.headers().get_all(name).into_iter();
    values
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|member| !member.is_empty())
}

/// Whether a list has a member, in any case.
fn lists(request: &HttpRequest, name: &str, member: &str) -> bool {
    members(request, name).any(|found| found.eq_ignore_ascii_case(member.as_bytes()))
}

/// Whether `key` is 16 bytes in base64. The four bits that the last character has to spare may be anything
/// (RFC 4648 §3.5): the key that RFC 6455 §4.1 shows has them set.
fn is_key(key: &[u8]) -> bool {
    let Some(digits) = key.strip_suffix(b"==") else { return false };
    digits.len() == 22
        && digits.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

/// Whether `name` is a token (RFC 9110 §5.6.2), as a sub-protocol's name has to be.
pub(super) fn is_token(name: &[u8]) -> bool {
    let special = |byte: &u8| b"!#$%&'*+-.^_`|~".contains(byte);
    !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || special(byte))
}
