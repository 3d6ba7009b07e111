//! A distinguished name as text (RFC 4514).

use std::fmt::Write;

use x509_parser::asn1_rs::{Any, Tag, ToDer};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// Attributes that have a short name: those of RFC 4514 §3 first, then others by the names that OpenSSL prints.
const SHORT: [(&str, &str); 15] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.6", "C"),
    ("2.5.4.9", "STREET"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.12", "title"),
    ("2.5.4.4", "SN"),
    ("2.5.4.42", "GN"),
    ("2.5.4.46", "dnQualifier"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
];

/// A common name that is there but cannot be a name.
pub(super) struct Unreadable;

/// The common name, if there is one and only one.
pub(super) fn common_name(name: &X509Name<'_>) -> Result<Option<String>, Unreadable> {
    let mut all = name.iter_common_name();
    let (Some(first), None) = (all.next(), all.next()) else {
        return Ok(None);
    };
    let text = text_of(first.attr_value()).ok_or(Unreadable)?;
    if text.chars().any(char::is_control) { Err(Unreadable) } else { Ok(Some(text)) }
}

/// The whole name, its most specific part first (RFC 4514 §2.1).
pub(crate) fn name_of(name: &X509Name<'_>) -> String {
    let mut out = String::new();
    let parts: Vec<_> = name.iter_rdn().collect();
    for (at, part) in parts.iter().rev().enumerate() {
        if at > 0 {
            out.push(',');
        }
        for (at, attribute) in part.iter().enumerate() {
            // RFC 4514 §2.2.
            if at > 0 {
                out.push('+');
            }
            push_attribute(&mut out, attribute);
        }
    }
    out
}

/// RFC 4514 §2.3 and §2.4.
fn push_attribute(out: &mut String, attribute: &AttributeTypeAndValue<'_>) {
    let id = attribute.attr_type().to_id_string();
    let short = SHORT.iter().find(|(oid, _)| *oid == id).map(|(_, short)| *short);
    out.push_str(short.unwrap_or(&id));
    out.push('=');
    match text_of(attribute.attr_value()).filter(|_| short.is_some()) {
        Some(text) => push_escaped(out, &text),
        None => push_hex(out, attribute.attr_value()),
    }
}

fn push_escaped(out: &mut String, text: &str) {
    let last = text.chars().count().saturating_sub(1);
    for (at, char) in text.chars().enumerate() {
        let at_an_edge = (at == 0 && matches!(char, ' ' | '#')) || (at == last && char == ' ');
        if at_an_edge || matches!(char, '"' | '+' | ',' | ';' | '<' | '>' | '\\') {
            out.push('\\');
            out.push(char);
        } else if char.is_control() {
            let mut bytes = [0; 4];
            for byte in char.encode_utf8(&mut bytes).bytes() {
                push(out, format_args!("\\{byte:02X}"));
            }
        } else {
            out.push(char);
        }
    }
}

/// The value's DER in hexadecimal, for what has no text.
fn push_hex(out: &mut String, value: &Any<'_>) {
    out.push('#');
    for byte in value.to_der_vec().unwrap_or_default() {
        push(out, format_args!("{byte:02x}"));
    }
}

fn push(out: &mut String, what: std::fmt::Arguments<'_>) {
    let written = out.write_fmt(what);
    debug_assert!(written.is_ok(), "a String takes everything");
}

/// The text of a DirectoryString (RFC 5280 §4.1.2.4) or an IA5String.
fn text_of(value: &Any<'_>) -> Option<String> {
    let bytes = value.data;
    match value.tag() {
        Tag::Utf8String => std::str::from_utf8(bytes).ok().map(str::to_owned),
        Tag::PrintableString | Tag::Ia5String | Tag::NumericString | Tag::T61String if bytes.is_ascii() => {
            std::str::from_utf8(bytes).ok().map(str::to_owned)
        }
        Tag::BmpString => {
            let (units, rest) = bytes.as_chunks::<2>();
            let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
            String::from_utf16(&units).ok().filter(|_| rest.is_empty())
        }
        Tag::UniversalString => {
            let (units, rest) = bytes.as_chunks::<4>();
            let text: Option<String> =
                units.iter().map(|unit| char::from_u32(u32::from_be_bytes(*unit))).collect();
            text.filter(|_| rest.is_empty())
        }
        _ => None,
    }
}
