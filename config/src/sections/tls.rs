//! `[tls]`

mod options;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{ByteSize, Checks, ClientCertificate, Duration, OptionDoc, Section};

/// Certificates and rules of every TLS listener; a listener's own `tls` table may say otherwise.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// The certificate chain (PEM), the server's own first. Unset, TLS listeners stay closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// Its private key (PEM).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// The issuer's statement that the certificate is not revoked (DER), sent along with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ocsp: Option<PathBuf>,
    /// Further certificates, chosen by the host that the client asks for.
    pub names: BTreeMap<String, TlsName>,
    /// Who may issue client certificates (PEM).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ca: Option<PathBuf>,
    /// Whether clients show a certificate.
    pub client_certificate: ClientCertificate,
    /// Revocation lists (PEM or DER), or directories of them; empty: nothing counts as revoked.
    pub crl: Vec<PathBuf>,
    /// What happens to a client whose issuer has no revocation list here.
    pub crl_unknown: CrlVerdict,
    /// What happens to a client whose issuer's revocation list should have been renewed.
    pub crl_expired: CrlVerdict,
    /// Which certificates of a client's chain are looked for in the revocation lists.
    pub crl_depth: CrlDepth,
    /// The oldest version spoken.
    pub min_version: TlsVersion,
    /// The cipher suites spoken; empty for all of [`Tls::CIPHERS`].
    pub ciphers: Vec<String>,
    /// The protocols of ALPN; empty: what clients offer is ignored.
    pub alpn: Vec<String>,
    /// Whether clients can resume a session.
    pub session_tickets: bool,
    /// How long a session can be resumed.
    pub ticket_lifetime: Duration,
    /// How many tickets a client of TLS 1.3 gets.
    pub tickets_per_handshake: u8,
    /// What a peer's unfinished handshake message may hold.
    pub max_handshake_size: ByteSize,
    /// Whether the keys of connections are written to the file that `SSLKEYLOGFILE` names.
    pub key_log: bool,
}

/// A certificate for some hosts: `[tls.names.<name>]`.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsName {
    /// The hosts: `broker.example.org`, or `*.example.org` for every name one level below.
    pub hosts: Vec<String>,
    /// The certificate chain (PEM).
    pub certificate: PathBuf,
    /// Its private key (PEM).
    pub key: PathBuf,
    /// The stapled OCSP response (DER).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ocsp: Option<PathBuf>,
}

/// What happens in doubt.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CrlVerdict {
    /// The client is refused.
    #[default]
    Refuse,
    /// The client is let in.
    Allow,
}

/// Which certificates of a chain are looked for in the revocation lists.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CrlDepth {
    /// The client's and those of its issuers, except the root.
    #[default]
    Chain,
    /// The client's alone.
    Client,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    #[default]
    #[serde(rename = "1.2")]
    V1_2,
    /// TLS 1.3 (RFC 8446).
    #[serde(rename = "1.3")]
    V1_3,
}

impl Tls {
    /// Every cipher suite there is, by its IANA name, the preferred first. All of them encrypt with
    /// authentication and keep past connections secret when the key is lost.
    pub const CIPHERS: [&'static str; 9] = [
        "TLS13_AES_256_GCM_SHA384",
        "TLS13_AES_128_GCM_SHA256",
        "TLS13_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    ];
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            certificate: None,
            key: None,
            ocsp: None,
            names: BTreeMap::new(),
            client_ca: None,
            client_certificate: ClientCertificate::None,
            crl: Vec::new(),
            crl_unknown: CrlVerdict::default(),
            crl_expired: CrlVerdict::default(),
            crl_depth: CrlDepth::default(),
            min_version: TlsVersion::default(),
            ciphers: Vec::new(),
            alpn: Vec::new(),
            session_tickets: true,
            ticket_lifetime: Duration::from_hours(12),
            tickets_per_handshake: 1,
            max_handshake_size: ByteSize::kib(64),
            key_log: false,
        }
    }
}

impl Section for Tls {
    const NAME: &'static str = "tls";
    const INTRO: &'static str = "Certificates and rules of every TLS listener. Without a certificate those listeners stay closed; \
                                 `tidegate cert dev` makes one to try them with.";

    fn options() -> &'static [OptionDoc] {
        options::ALL
    }

    fn check(&self, checks: &mut Checks<'_>) {
        match (&self.certificate, &self.key) {
            (Some(_), None) => checks.refuse("certificate", "needs tls.key, its private key, beside it"),
            (None, Some(_)) => checks.refuse("key", "needs tls.certificate, which it belongs to, beside it"),
            (Some(_), Some(_)) | (None, None) => {}
        }
        if self.ocsp.is_some() && self.certificate.is_none() {
            checks.refuse("ocsp", "needs tls.certificate, which it speaks of");
        }
        if self.client_certificate != ClientCertificate::None && self.client_ca.is_none() {
            checks.refuse("client_certificate", "needs tls.client_ca: who may issue them");
        }
        for (name, certificate) in &self.names {
            certificate.check(&format!("names.{name}"), checks);
        }
        for suite in &self.ciphers {
            if !Self::CIPHERS.contains(&suite.as_str()) {
                checks.expected("ciphers", format!("one of {}", Self::CIPHERS.join(", ")), suite);
            }
        }
        if self.alpn.iter().any(|protocol| !(1..=255).contains(&protocol.len())) {
            // RFC 7301 §3.1.
            checks.refuse("alpn", "holds a name that is empty or longer than 255 bytes");
        }
        let (shortest, longest) = (Duration::from_mins(1), Duration::from_hours(12));
        checks.within("ticket_lifetime", self.ticket_lifetime, shortest, longest);
        checks.within("tickets_per_handshake", self.tickets_per_handshake, 1, 4);
        let (smallest, largest) = (ByteSize::kib(4), ByteSize::mib(1));
        checks.within("max_handshake_size", self.max_handshake_size, smallest, largest);
    }
}

impl TlsName {
    fn check(&self, key: &str, checks: &mut Checks<'_>) {
        if self.hosts.is_empty() {
            checks.refuse(&format!("{key}.hosts"), "must name at least one host");
        }
        for host in self.hosts.iter().filter(|host| !is_host_pattern(host)) {
            let expected = "a host (\"a.example.org\") or every name one level below one (\"*.example.org\")";
            checks.expected(&format!("{key}.hosts"), expected, host);
        }
        for (option, path) in [("certificate", &self.certificate), ("key", &self.key)] {
            if path.as_os_str().is_empty() {
                checks.refuse(&format!("{key}.{option}"), "must be set: a file in PEM");
            }
        }
    }
}

/// Whether `text` is a host that SNI can carry (RFC 6066 §3: no address), its first label possibly `*`.
fn is_host_pattern(text: &str) -> bool {
    let (wild, rest) = match text.strip_prefix("*.") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let address = !wild && rest.parse::<std::net::IpAddr>().is_ok();
    rest.len() <= 253 && !address && rest.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_with_at_most_one_star_in_front() {
        for good in ["a.example.org", "localhost", "*.example.org", "A-1.example", "*.b", "a_b.example"] {
            assert!(is_host_pattern(good), "{good}");
        }
        for bad in ["", "*", "*.", "a.*.org", "a..b", "192.0.2.1", "::1", "a b", "a.example.org:8883", ".a"] {
            assert!(!is_host_pattern(bad), "{bad}");
        }
    }
}
