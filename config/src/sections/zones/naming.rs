//! What clients of a zone are called.

use serde::{Deserialize, Serialize};

/// Where a user name comes from.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserFrom {
    /// The client says it, or the method that lets it in.
    #[default]
    Client,
    /// The certificate's one common name; a client without it has no user name, whatever it says.
    CertificateCn,
    /// The certificate's whole subject (`CN=pump-7,O=Works`).
    CertificateSubject,
    /// The certificate's first alternative DNS name.
    CertificateSanDns,
    /// Its first alternative e-mail address.
    CertificateSanEmail,
    /// Its first alternative URI.
    CertificateSanUri,
}

/// Where a client id comes from.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientIdFrom {
    /// The client says it.
    #[default]
    Client,
    /// The name of the user it proved to be; one without is refused.
    User,
    /// The certificate's one common name.
    CertificateCn,
    /// The certificate's whole subject.
    CertificateSubject,
    /// The certificate's first alternative DNS name.
    CertificateSanDns,
    /// Its first alternative e-mail address.
    CertificateSanEmail,
    /// Its first alternative URI.
    CertificateSanUri,
}

/// Who may take over the session of a client that comes again.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Takeover {
    /// Who proved to be the same user.
    #[default]
    SameUser,
    /// Anybody who uses its client id.
    Anybody,
}
