//! Files in, a rustls configuration out.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustls::crypto::CryptoProvider;
use rustls::server::{NoServerSessionStorage, ProducesTickets};
use rustls::{KeyLogFile, ServerConfig, SupportedProtocolVersion, version};
use tidegate_config::ClientCertificate;
use tidegate_config::sections::{Tls, TlsVersion};

use super::Acceptor;
use super::clients::verifier;
use crate::files::Files;
use crate::hosts::Hosts;
use crate::settings::setting;
use crate::{Settings, TlsError, tickets};

impl Acceptor {
    /// What the files of `settings` give. The tickets of `before` stay good if they are the same.
    pub(super) fn build(settings: Settings, before: Option<&Self>) -> Result<Option<Self>, TlsError> {
        let tls = settings.tls();
        let (Some(certificate), Some(key)) = (&tls.certificate, &tls.key) else {
            return Ok(None);
        };
        let provider = Arc::new(provider(tls));
        let versions = versions(tls, &provider)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        let mut files = Files::new(i64::try_from(now).unwrap_or(i64::MAX));
        let verifier = verifier(tls, &provider, &mut files)?;
        let hosts = hosts(tls, certificate, key, &provider, &mut files)?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::new(hosts));
        let tickets = tickets_of(tls, before)?;
        dress(&mut config, tls, tickets.clone());
        let mut notices = files.into_notices();
        if tls.key_log {
            notices.push(key_log_notice());
        }
        Ok(Some(Self { config: Arc::new(config), notices, tickets, settings }))
    }
}

/// The algorithms, with the cipher suites that may be spoken.
fn provider(tls: &Tls) -> CryptoProvider {
    let mut provider = rustls::crypto::ring::default_provider();
    if !tls.ciphers.is_empty() {
        let wanted = |name: Option<&str>| tls.ciphers.iter().any(|wanted| Some(wanted.as_str()) == name);
        provider.cipher_suites.retain(|suite| wanted(suite.suite().as_str()));
    }
    provider
}

/// The versions spoken: those that are new enough and have a cipher suite.
fn versions(
    tls: &Tls,
    provider: &CryptoProvider,
) -> Result<Vec<&'static SupportedProtocolVersion>, TlsError> {
    let all: &[_] = match tls.min_version {
        TlsVersion::V1_2 => &[&version::TLS13, &version::TLS12],
        TlsVersion::V1_3 => &[&version::TLS13],
    };
    let has_suite = |version: &SupportedProtocolVersion| {
        provider.cipher_suites.iter().any(|suite| suite.version().version == version.version)
    };
    let versions: Vec<_> = all.iter().copied().filter(|version| has_suite(version)).collect();
    if versions.is_empty() {
        return Err(setting("tls.ciphers", "has no suite of a version that tls.min_version lets through"));
    }
    Ok(versions)
}

/// The certificates by host.
fn hosts(
    tls: &Tls,
    certificate: &Path,
    key: &Path,
    provider: &CryptoProvider,
    files: &mut Files,
) -> Result<Hosts, TlsError> {
    let mut hosts = Hosts::new(files.certified_key(certificate, key, tls.ocsp.as_deref(), provider)?);
    for name in tls.names.values() {
        let pair = files.certified_key(&name.certificate, &name.key, name.ocsp.as_deref(), provider)?;
        for host in &name.hosts {
            if !hosts.insert(host, Arc::clone(&pair)) {
                return Err(setting("tls.names", format!("has {host} twice: a host has one certificate")));
            }
        }
    }
    Ok(hosts)
}

/// The tickets of before, or new ones where they are to last for another time; `None` when there are to be none.
///
/// Where clients are asked for certificates there are none. A ticket has the client's certificate inside, and rustls
/// looks neither at its expiry nor at the revocation lists when it comes back, but gives another ticket: who was let
/// in once could come back for ever. To look again once the session has been resumed would be too late to go on with
/// a full handshake, which a client that has renewed its certificate needs.
fn tickets_of(tls: &Tls, before: Option<&Acceptor>) -> Result<Option<Arc<dyn ProducesTickets>>, TlsError> {
    if !tls.session_tickets || tls.client_certificate != ClientCertificate::None {
        return Ok(None);
    }
    let kept = before.filter(|before| before.settings.tls().ticket_lifetime == tls.ticket_lifetime);
    let kept = kept.and_then(|before| before.tickets.clone());
    Ok(Some(kept.map_or_else(|| tickets::new(tls.ticket_lifetime), Ok)?))
}

/// What is not about certificates.
fn dress(config: &mut ServerConfig, tls: &Tls, tickets: Option<Arc<dyn ProducesTickets>>) {
    config.alpn_protocols = tls.alpn.iter().map(|protocol| protocol.clone().into_bytes()).collect();
    // What a client would need the server to remember is not remembered: tickets or nothing.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = if tickets.is_some() { tls.tickets_per_handshake.into() } else { 0 };
    if let Some(tickets) = tickets {
        config.ticketer = tickets;
    }
    // RFC 8446 §8: what is sent early can be recorded and sent again.
    config.max_early_data_size = 0;
    if tls.key_log {
        config.key_log = Arc::new(KeyLogFile::new());
    }
}

fn key_log_notice() -> String {
    match std::env::var_os("SSLKEYLOGFILE") {
        Some(path) => format!(
            "tls.key_log is on: the keys of all connections are written to {}; whoever has that file reads everything",
            path.display()
        ),
        None => "tls.key_log is on, but the environment has no SSLKEYLOGFILE: no keys are written".to_owned(),
    }
}
