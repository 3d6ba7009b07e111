//! What a client certificate says of its holder.

mod name;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rustls_pki_types::CertificateDer;
use tidegate_types::{AlternativeName, Certificate, Text};
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate};

pub(crate) use name::name_of;

/// The longest certificate that is looked at, in bytes.
const LONGEST: usize = 32 << 10;
/// The most alternative names of one.
const MOST_NAMES: usize = 256;

/// What the certificate says, `None` if it cannot be understood whole: no DER of a certificate, more than 32 KiB or 256
/// alternative names, or a name that is not made of printable ASCII (or, in the common name, holds a control character).
/// A name that was left out could make a rule that denies it miss, so it is all or nothing.
///
/// This judges nothing: who issued the certificate and whether it is valid has been looked at before.
#[must_use]
pub fn certificate_of(der: &CertificateDer<'_>) -> Option<Certificate> {
    if der.len() > LONGEST {
        return None;
    }
    let (rest, parsed) = X509Certificate::from_der(der).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let mut fingerprint = [0; 32];
    let digest = ring::digest::digest(&ring::digest::SHA256, der);
    fingerprint.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    Some(Certificate {
        common_name: name::common_name(parsed.subject()).ok()?.map(|name| Text::from(name.as_str())),
        subject: Text::from(name_of(parsed.subject()).as_str()),
        names: alternative_names(&parsed)?,
        fingerprint,
    })
}

/// Its subject alternative names of the kinds that rules know (RFC 5280 §4.2.1.6).
fn alternative_names(certificate: &X509Certificate<'_>) -> Option<Vec<AlternativeName>> {
    let mut names = Vec::new();
    for extension in certificate.extensions() {
        if extension.oid != x509_parser::oid_registry::OID_X509_EXT_SUBJECT_ALT_NAME {
            continue;
        }
        let ParsedExtension::SubjectAlternativeName(list) = extension.parsed_extension() else {
            return None;
        };
        if list.general_names.len() > MOST_NAMES {
            return None;
        }
        for name in &list.general_names {
            match name {
                GeneralName::DNSName(host) => names.push(AlternativeName::Dns(plain(host)?)),
                GeneralName::RFC822Name(mail) => names.push(AlternativeName::Email(plain(mail)?)),
                GeneralName::URI(uri) => names.push(AlternativeName::Uri(plain(uri)?)),
                GeneralName::IPAddress(bytes) => names.push(AlternativeName::Ip(address(bytes)?)),
                GeneralName::Invalid(..) => return None,
                // Kinds that no rule asks for.
                _ => {}
            }
        }
    }
    Some(names)
}

/// `text`, if it is what an IA5String of these kinds may be. A NUL inside has made other software read half of a name.
fn plain(text: &str) -> Option<Text> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '))
        .then(|| Text::from(text))
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::V4(Ipv4Addr::from(four)));
    }
    <[u8; 16]>::try_from(bytes).ok().map(|sixteen| IpAddr::V6(Ipv6Addr::from(sixteen)))
}
