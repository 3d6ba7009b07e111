//! Users by their certificates.

use std::collections::HashMap;

use tidegate_broker::{Authenticator, Credentials, Hearing, Verdict};
use tidegate_types::{AlternativeName, Certificate, Refusal, Text};

use crate::naming::{Naming, is_name, let_in, refuse};
use crate::table::{Table, TableError, fault};

/// Which part of a certificate names its user.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum NameSource {
    /// The subject's common name, if it has exactly one.
    #[default]
    CommonName,
    /// The subject's whole name as RFC 4514 writes it: `CN=pump-7,O=Works`.
    Subject,
    /// A host name among the alternative names.
    Dns,
    /// A mail address among the alternative names.
    Email,
    /// A URI among the alternative names.
    Uri,
    /// SHA-256 of the certificate, 64 lower-case hexadecimal digits. In a table also with colons and capitals.
    Fingerprint,
}

/// What becomes of a certificate that names no user.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Nameless {
    /// The next authenticator is asked.
    #[default]
    AskNext,
    /// Its holder is refused.
    Refuse,
}

/// What becomes of a client that claims another user name than its certificate's.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Conflict {
    /// It is refused.
    #[default]
    Refuse,
    /// It is let in under the certificate's name.
    Ignore,
    /// The next authenticator is asked: the certificate opened the connection, a password may prove the name.
    AskNext,
}

/// How certificates become users.
#[derive(Clone, Debug, Default)]
pub struct CertificateSettings {
    /// The part that names the user.
    pub source: NameSource,
    /// What parts stand for which users; a part that is not in it names nobody. Without a table a part is the name.
    pub table: Option<Table>,
    /// What becomes of a certificate that names no user.
    pub nameless: Nameless,
    /// What becomes of a client that claims another user name.
    pub conflict: Conflict,
}

/// A verified client certificate proves the user.
///
/// For fleets with a certificate per device. The listener has to ask for certificates and to verify them; who showed
/// none is passed on. Of several names of one kind the client may choose by claiming one; if it claims none they name
/// nobody, because a guess would be one.
#[derive(Debug)]
pub struct CertificateNames {
    source: NameSource,
    table: Option<HashMap<Box<str>, Text>>,
    nameless: Nameless,
    conflict: Conflict,
}

impl CertificateNames {
    /// Takes names from certificates as `settings` say.
    ///
    /// # Errors
    /// When a table's entry names no fixed user, or its key is no fingerprint where one is meant.
    pub fn new(settings: CertificateSettings) -> Result<Self, TableError> {
        let CertificateSettings { source, table, nameless, conflict } = settings;
        let entry = |(key, naming): (String, Naming)| {
            let Naming::Fixed(user) = naming else {
                return Err(fault(&key, "a certificate stands for one user's name"));
            };
            let key = if source == NameSource::Fingerprint { fingerprint_of(&key)? } else { key };
            Ok((key.into_boxed_str(), user))
        };
        let map = |table: Table| table.entries().into_iter().map(entry).collect();
        Ok(Self { source, table: table.map(map).transpose()?, nameless, conflict })
    }

    /// The users that a certificate may stand for, each once.
    fn users_of(&self, certificate: &Certificate) -> Vec<Text> {
        let mut users: Vec<Text> = Vec::new();
        for part in parts(certificate, self.source) {
            let user = match &self.table {
                Some(table) => table.get(part.as_str()).cloned(),
                None => is_name(part.as_str()).then_some(part),
            };
            users.extend(user.filter(|user| !users.contains(user)));
        }
        users
    }

    /// There are users, and none of them is what the client claims.
    fn dispute(&self, users: &[Text]) -> Verdict {
        match (self.conflict, users) {
            (Conflict::Ignore, [user]) => let_in(Some(user.as_str())),
            (Conflict::Refuse | Conflict::Ignore, _) => refuse(Refusal::BadCredentials),
            (Conflict::AskNext, _) => Verdict::Abstain,
        }
    }

    fn name_nobody(&self) -> Verdict {
        match self.nameless {
            Nameless::AskNext => Verdict::Abstain,
            Nameless::Refuse => refuse(Refusal::NotAuthorized),
        }
    }
}

impl Authenticator for CertificateNames {
    fn authenticate(&self, credentials: &Credentials<'_>, _hearing: &Hearing<'_>) -> Verdict {
        let (Some(certificate), None) = (credentials.certificate, credentials.method) else {
            return Verdict::Abstain;
        };
        let users = self.users_of(certificate);
        match (credentials.user, users.as_slice()) {
            (_, []) => self.name_nobody(),
            (Some(claimed), users) if users.iter().any(|user| user.as_str() == claimed) => {
                let_in(Some(claimed))
            }
            (Some(_), users) => self.dispute(users),
            (None, [user]) => let_in(Some(user.as_str())),
            (None, _) => self.name_nobody(),
        }
    }
}

/// The parts of a certificate that may name somebody.
fn parts(certificate: &Certificate, source: NameSource) -> Vec<Text> {
    let alternative = |of: fn(&AlternativeName) -> Option<&Text>| {
        certificate.names.iter().filter_map(of).cloned().collect::<Vec<_>>()
    };
    match source {
        NameSource::CommonName => certificate.common_name.iter().cloned().collect(),
        NameSource::Subject => vec![certificate.subject.clone()],
        NameSource::Dns => {
            alternative(|name| if let AlternativeName::Dns(name) = name { Some(name) } else { None })
        }
        NameSource::Email => {
            alternative(|name| if let AlternativeName::Email(name) = name { Some(name) } else { None })
        }
        NameSource::Uri => {
            alternative(|name| if let AlternativeName::Uri(name) = name { Some(name) } else { None })
        }
        NameSource::Fingerprint => vec![Text::from(hexadecimal(&certificate.fingerprint).as_str())],
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A fingerprint as an operator copies it, in our form.
fn fingerprint_of(key: &str) -> Result<String, TableError> {
    let digits = key.replace(':', "").to_ascii_lowercase();
    if digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        Ok(digits)
    } else {
        Err(fault(
            key,
            "expected the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons",
        ))
    }
}
