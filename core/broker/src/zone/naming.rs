//! Where a client's names come from.

use tidegate_types::{AlternativeName, Certificate, Refusal, Text};

use crate::door::Credentials;

/// Where user names and client ids come from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Naming {
    /// The user name.
    pub user: UserFrom,
    /// The client id.
    pub client: ClientFrom,
}

/// Where the user name comes from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum UserFrom {
    /// What the client sent.
    #[default]
    Sent,
    /// A field of its certificate, whatever it sent. Without one it has no user name.
    Certificate(CertificateField),
}

/// Where the client id comes from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ClientFrom {
    /// What the client sent, or what its gateway gave it.
    #[default]
    Sent,
    /// The user name; one who proved to have none is refused.
    User,
    /// A field of its certificate; one without it is refused.
    Certificate(CertificateField),
}

/// What of a certificate is a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CertificateField {
    /// The subject's common name.
    CommonName,
    /// The subject's whole distinguished name.
    Subject,
    /// The first host among its alternative names.
    Dns,
    /// The first mail address among them.
    Email,
    /// The first URI among them.
    Uri,
}

impl CertificateField {
    /// What a certificate says there; nothing for an empty name.
    #[must_use]
    pub fn of(self, certificate: &Certificate) -> Option<Text> {
        let first = |pick: fn(&AlternativeName) -> Option<&Text>| certificate.names.iter().find_map(pick);
        let found = match self {
            Self::CommonName => certificate.common_name.as_ref(),
            Self::Subject => Some(&certificate.subject),
            Self::Dns => first(|name| if let AlternativeName::Dns(text) = name { Some(text) } else { None }),
            Self::Email => {
                first(|name| if let AlternativeName::Email(text) = name { Some(text) } else { None })
            }
            Self::Uri => first(|name| if let AlternativeName::Uri(text) = name { Some(text) } else { None }),
        };
        found.filter(|text| !text.is_empty()).cloned()
    }
}

/// Names a zone puts in place of what a client sent; `None` leaves what was sent.
#[derive(Debug)]
pub(crate) struct Renamed {
    user: Option<Option<Text>>,
    client: Option<Text>,
}

impl Renamed {
    /// The client's own account of itself under these names.
    pub(crate) fn of<'a>(&'a self, credentials: &Credentials<'a>) -> Credentials<'a> {
        let mut renamed = *credentials;
        if let Some(user) = &self.user {
            renamed.user = user.as_ref().map(Text::as_str);
        }
        if let Some(client) = &self.client {
            renamed.client = client.as_str();
        }
        renamed
    }
}

impl Naming {
    /// What is put in place of what a client sent, before anybody is asked about it.
    pub(crate) fn rename(&self, credentials: &Credentials<'_>) -> Result<Renamed, Refusal> {
        let field =
            |field: CertificateField| credentials.certificate.and_then(|certificate| field.of(certificate));
        let user = match self.user {
            UserFrom::Sent => None,
            UserFrom::Certificate(name) => Some(field(name)),
        };
        let client = match self.client {
            ClientFrom::Sent => None,
            // Unproven as yet: what its proof says comes in place of it.
            ClientFrom::User => match &user {
                Some(user) => user.clone(),
                None => credentials.user.map(Text::from),
            },
            ClientFrom::Certificate(name) => Some(field(name).ok_or(Refusal::BadClientId)?),
        };
        Ok(Renamed { user, client })
    }

    /// The client id of somebody who proved who he is.
    pub(crate) fn client(&self, sent: &str, user: Option<&Text>) -> Result<Text, Refusal> {
        match self.client {
            ClientFrom::User => user.filter(|user| !user.is_empty()).cloned().ok_or(Refusal::BadClientId),
            ClientFrom::Sent | ClientFrom::Certificate(_) => Ok(Text::from(sent)),
        }
    }
}
