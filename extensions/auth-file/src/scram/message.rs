//! What a SCRAM client says (RFC 5802 §7), read within bounds.

use base64ct::{Base64, Encoding as _};

use super::prepare::prepare;
use super::verifier::Key;

/// No message of a client is longer, in bytes.
const LONGEST_MESSAGE: usize = 2048;
/// No nonce of a client is longer, in bytes.
const LONGEST_NONCE: usize = 256;

/// Why a message is none, for the operator's log.
pub(crate) type Fault = &'static str;

/// The first message.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct First<'a> {
    /// The part before `bare`, that the client repeats in its last message.
    pub(crate) header: &'a str,
    /// The part that is signed.
    pub(crate) bare: &'a str,
    /// The user's name, prepared.
    pub(crate) name: String,
    pub(crate) nonce: &'a str,
}

impl<'a> First<'a> {
    pub(crate) fn parse(data: &'a [u8]) -> Result<Self, Fault> {
        let text = text_of(data)?;
        let (flag, rest) = text.split_once(',').ok_or("no channel binding flag")?;
        match flag {
            // "y": the client could bind to the channel and believes that the server cannot, which is so.
            "n" | "y" => {}
            _ if flag.starts_with("p=") => return Err("channel binding is not offered"),
            _ => return Err("no channel binding flag"),
        }
        let (authority, bare) = rest.split_once(',').ok_or("no authorization identity")?;
        let header = text.get(..text.len() - bare.len()).unwrap_or_default();
        if bare.starts_with("m=") {
            return Err("a mandatory extension");
        }
        let (name, rest) = bare.strip_prefix("n=").and_then(|rest| rest.split_once(',')).ok_or("no name")?;
        let (nonce, extensions) = split(rest.strip_prefix("r=").ok_or("no nonce")?);
        check_extensions(extensions)?;
        check_nonce(nonce)?;
        if nonce.len() > LONGEST_NONCE {
            return Err("a nonce that is too long");
        }
        let name = name_of(name)?;
        if !authority.is_empty() {
            let authority = authority.strip_prefix("a=").ok_or("no authorization identity")?;
            if name_of(authority)? != name {
                return Err("an authorization identity that is not the user's own name");
            }
        }
        Ok(Self { header, bare, name, nonce })
    }
}

/// The last message.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Final<'a> {
    /// The header of the first message, in base64.
    pub(crate) binding: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) proof: Key,
    /// All before the proof: the part that is signed.
    pub(crate) unproved: &'a str,
}

impl<'a> Final<'a> {
    pub(crate) fn parse(data: &'a [u8]) -> Result<Self, Fault> {
        let text = text_of(data)?;
        let (unproved, proof) = text.rsplit_once(",p=").ok_or("no proof")?;
        let mut key = [0; 32];
        let read = Base64::decode(proof, &mut key).map_err(|_| "a proof that is none")?;
        if read.len() != 32 {
            return Err("a proof that is none");
        }
        let rest = unproved.strip_prefix("c=").ok_or("no channel binding")?;
        let (binding, rest) = rest.split_once(',').ok_or("no nonce")?;
        let (nonce, extensions) = split(rest.strip_prefix("r=").ok_or("no nonce")?);
        check_extensions(extensions)?;
        check_nonce(nonce)?;
        Ok(Self { binding, nonce, proof: key, unproved })
    }
}

fn text_of(data: &[u8]) -> Result<&str, Fault> {
    if data.len() > LONGEST_MESSAGE {
        return Err("a message that is too long");
    }
    let text = std::str::from_utf8(data).map_err(|_| "a message that is no UTF-8")?;
    if text.contains('\0') { Err("a NUL in a message") } else { Ok(text) }
}

/// A value and what follows its comma.
fn split(text: &str) -> (&str, Option<&str>) {
    text.split_once(',').map_or((text, None), |(value, rest)| (value, Some(rest)))
}

/// Optional extensions are let be (RFC 5802 §5.1); each is a letter, `=` and a value.
fn check_extensions(extensions: Option<&str>) -> Result<(), Fault> {
    let is_one = |part: &str| {
        let mut chars = part.chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic() && c != 'm') && chars.next() == Some('=')
    };
    let all = extensions.is_none_or(|list| list.split(',').all(is_one));
    if all { Ok(()) } else { Err("an extension that is none or mandatory") }
}

/// Printable ASCII without the comma (RFC 5802 §7, nonce).
fn check_nonce(nonce: &str) -> Result<(), Fault> {
    let good = !nonce.is_empty() && nonce.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    if good { Ok(()) } else { Err("a nonce that is none") }
}

/// A name with its escapes undone (`=2C` a comma, `=3D` an equals sign), prepared.
fn name_of(text: &str) -> Result<String, Fault> {
    let mut parts = text.split('=');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (sign, rest) = match (part.strip_prefix("2C"), part.strip_prefix("3D")) {
            (Some(rest), _) => (',', rest),
            (_, Some(rest)) => ('=', rest),
            _ => return Err("an escape in the name that is none"),
        };
        name.push(sign);
        name.push_str(rest);
    }
    if name.len() > crate::users::LONGEST_NAME {
        return Err("a name that is too long");
    }
    prepare(&name).map(|name| name.into_owned()).map_err(|_| "a name that has no prepared form")
}
