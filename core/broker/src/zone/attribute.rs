//! Attributes made of what is known of a client.

use tidegate_types::{AlternativeName, Text};

use crate::principal::Principal;

/// The longest value, in bytes; a client whose names would make a longer one has no such attribute.
const LONGEST: usize = 1_024;

/// A text in which `${…}` stands for something known of a client: `username`, `clientid`, `address`, `listener`,
/// `cert_cn`, `cert_subject`, `cert_san_dns` or `cert_fingerprint`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AttributePattern(Text);

impl AttributePattern {
    /// A pattern as it is written. A word that is none of the above never has a value.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Text::from(text))
    }

    /// The value for a client; none if anything it asks for is unknown or empty.
    pub(crate) fn of(&self, who: &Principal) -> Option<Text> {
        let mut value = String::new();
        let mut rest = self.0.as_str();
        while let Some((before, behind)) = rest.split_once("${") {
            let (word, left) = behind.split_once('}')?;
            value.push_str(before);
            value.push_str(&word_of(word, who).filter(|word| !word.is_empty())?);
            rest = left;
        }
        value.push_str(rest);
        (value.len() <= LONGEST).then(|| Text::from(value.as_str()))
    }
}

fn word_of(word: &str, who: &Principal) -> Option<String> {
    let certificate = who.certificate.as_deref();
    Some(match word {
        "username" => who.user.as_ref()?.to_string(),
        "clientid" => who.client.as_ref()?.to_string(),
        "address" => who.remote?.ip().to_canonical().to_string(),
        "listener" => who.listener.as_deref()?.to_owned(),
        "cert_cn" => certificate?.common_name.as_ref()?.to_string(),
        "cert_subject" => certificate?.subject.to_string(),
        "cert_san_dns" => certificate?.names.iter().find_map(|name| match name {
            AlternativeName::Dns(host) => Some(host.to_string()),
            _ => None,
        })?,
        "cert_fingerprint" => certificate?.fingerprint.iter().map(|byte| format!("{byte:02x}")).collect(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_made_of_what_is_known() {
        let who = Principal {
            user: Some(Text::from("alice")),
            listener: Some("gateway.name".into()),
            remote: Some(([192, 0, 2, 7], 1).into()),
            ..Principal::default()
        };
        let of = |text: &str| AttributePattern::new(text).of(&who).map(|value| value.to_string());
        assert_eq!(of("plant-1").as_deref(), Some("plant-1"));
        assert_eq!(of("${username}@${address}").as_deref(), Some("alice@192.0.2.7"));
        assert_eq!(of("${listener}").as_deref(), Some("gateway.name"));
        for none in ["${clientid}", "x${cert_cn}", "${nothing}", "${username"] {
            assert_eq!(of(none), None, "{none}");
        }
        let long = Principal { user: Some(Text::from("a".repeat(2_000).as_str())), ..Principal::default() };
        assert_eq!(AttributePattern::new("${username}").of(&long), None);
    }
}
