//! `[auth.methods.<name>]`: one way to prove who one is.

use std::num::NonZeroU16;
use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::Checks;

/// One member of a chain. Which fields mean something depends on its kind; the others are refused when set.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// What it asks for.
    pub kind: MethodKind,
    /// What happens when it cannot answer.
    #[serde(default)]
    pub when_down: WhenDown,
    /// Users with their hashes; client ids; or the table from names in certificates to user names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Whether a user that the file does not know is refused, instead of asking the next method.
    #[serde(default, skip_serializing_if = "is_false")]
    pub authoritative: bool,
    /// Threads that compute hashes; `None` for half of the cores, 1 to 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<NonZeroU16>,
    /// Logins that wait for a thread; `None` for 512.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<NonZeroU16>,
    /// Client ids that are let in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// Networks whose clients are let in.
    #[serde(default, deserialize_with = "crate::network::list", skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<IpNet>,
    /// Networks whose clients are refused, whatever `allow` says.
    #[serde(default, deserialize_with = "crate::network::list", skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<IpNet>,
    /// The user name of whom the method lets in, `${clientid}`, or `${username}` for what the client claims; `None` for
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// What in a certificate names the user; `None` for the common name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<CertificateName>,
    /// What becomes of a certificate without such a name, or with one that the table lacks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Unknown>,
    /// Whether a user name that the client claims is ignored; else it has to be the one that the method gives it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ignore_claimed: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// What a method asks for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MethodKind {
    /// User name and password, or SCRAM-SHA-256, against a file.
    PasswordFile,
    /// A client id on a list; no proof.
    ClientIds,
    /// A verified certificate.
    Certificate,
    /// An address in a network.
    Addresses,
    /// Nothing, where `auth.allow_anonymous` allows it.
    Anonymous,
}

/// What happens when a method cannot answer, as its back-end is down or too busy to be asked.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenDown {
    /// The client is refused.
    #[default]
    Refuse,
    /// The next method is asked.
    Next,
}

/// What becomes of somebody whom a method does not know.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unknown {
    /// The client is refused.
    #[default]
    Refuse,
    /// The next method is asked.
    Next,
}

/// What in a certificate is a name.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateName {
    /// The common name, if there is exactly one.
    #[default]
    Cn,
    /// The whole subject, as RFC 4514 writes it (`CN=pump-7,O=Works`).
    Subject,
    /// A DNS name among the alternative names; of several the one that the client claims.
    SanDns,
    /// An e-mail address among them.
    SanEmail,
    /// A URI among them.
    SanUri,
    /// SHA-256 of the certificate, in lower-case hexadecimal digits.
    Fingerprint,
}

impl Method {
    /// A method of this kind with nothing else said.
    #[must_use]
    pub const fn new(kind: MethodKind) -> Self {
        Self {
            kind,
            when_down: WhenDown::Refuse,
            file: None,
            authoritative: false,
            threads: None,
            queue: None,
            ids: Vec::new(),
            allow: Vec::new(),
            deny: Vec::new(),
            user: None,
            source: None,
            unknown: None,
            ignore_claimed: false,
        }
    }

    /// The fields that were set, each with the kinds that have it.
    fn used(&self) -> [(&'static str, bool, &'static [MethodKind]); 11] {
        use MethodKind::{Addresses, Certificate, ClientIds, PasswordFile};
        [
            ("file", self.file.is_some(), &[PasswordFile, ClientIds, Certificate]),
            ("authoritative", self.authoritative, &[PasswordFile]),
            ("threads", self.threads.is_some(), &[PasswordFile]),
            ("queue", self.queue.is_some(), &[PasswordFile]),
            ("ids", !self.ids.is_empty(), &[ClientIds]),
            ("allow", !self.allow.is_empty(), &[Addresses]),
            ("deny", !self.deny.is_empty(), &[Addresses]),
            ("user", self.user.is_some(), &[ClientIds, Addresses]),
            ("source", self.source.is_some(), &[Certificate]),
            ("unknown", self.unknown.is_some(), &[Certificate]),
            ("ignore_claimed", self.ignore_claimed, &[Certificate, ClientIds, Addresses]),
        ]
    }

    pub(super) fn check(&self, at: &str, checks: &mut Checks<'_>) {
        for (field, set, kinds) in self.used() {
            if set && !kinds.contains(&self.kind) {
                checks.refuse(
                    &format!("{at}.{field}"),
                    format_args!("a method of the kind {} has no {field}", self.kind),
                );
            }
        }
        let lacks = match self.kind {
            MethodKind::PasswordFile => self.file.is_none().then_some("file"),
            MethodKind::ClientIds => (self.file.is_none() && self.ids.is_empty()).then_some("file or ids"),
            MethodKind::Addresses => {
                (self.allow.is_empty() && self.deny.is_empty()).then_some("allow or deny")
            }
            MethodKind::Certificate | MethodKind::Anonymous => None,
        };
        if let Some(field) = lacks {
            checks.refuse(at, format_args!("a method of the kind {} needs {field}", self.kind));
        }
        if let Some(threads) = self.threads {
            checks.within(&format!("{at}.threads"), threads.get(), 1, 64);
        }
        for (field, empty) in [
            ("user", self.user.as_ref().is_some_and(String::is_empty)),
            ("ids", self.ids.iter().any(String::is_empty)),
        ] {
            if empty {
                checks.refuse(&format!("{at}.{field}"), "it must not be empty");
            }
        }
    }
}

impl std::fmt::Display for MethodKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::PasswordFile => "password-file",
            Self::ClientIds => "client-ids",
            Self::Certificate => "certificate",
            Self::Addresses => "addresses",
            Self::Anonymous => "anonymous",
        })
    }
}
