//! Certificates to try things with: `tidegate cert dev`.
//!
//! A certification authority of one's own, a server's and a client's certificate (ECDSA P-256) and a revocation list that
//! is empty at first. Not for anything that matters: the authority's key lies beside what it has signed.

mod list;
mod names;
mod write;

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose,
};

pub use list::revoke;
pub use names::client_files;

use crate::TlsError;

/// What to make.
#[derive(Clone, Debug)]
pub struct Development {
    /// Hosts and addresses of the server besides `localhost`, `127.0.0.1` and `::1`.
    pub hosts: Vec<String>,
    /// The common name of the client's certificate.
    pub client: String,
    /// How long the certificates are valid, in days.
    pub days: u16,
    /// Whether files that are there already are replaced.
    pub overwrite: bool,
}

impl Default for Development {
    fn default() -> Self {
        Self { hosts: Vec::new(), client: "client".to_owned(), days: 365, overwrite: false }
    }
}

/// The files of a set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Set {
    /// The authority's certificate: what clients trust, and the server for client certificates.
    pub ca: PathBuf,
    /// The authority's private key.
    pub ca_key: PathBuf,
    /// The authority's revocation list.
    pub crl: PathBuf,
    /// The server's certificate.
    pub server: PathBuf,
    /// The server's private key.
    pub server_key: PathBuf,
    /// The client's certificate.
    pub client: PathBuf,
    /// The client's private key.
    pub client_key: PathBuf,
}

impl Set {
    /// The names of a set's files in `directory`.
    #[must_use]
    pub fn within(directory: &Path) -> Self {
        let file = |name: &str| directory.join(name);
        Self {
            ca: file("ca.crt"),
            ca_key: file("ca.key"),
            crl: file("ca.crl"),
            server: file("server.crt"),
            server_key: file("server.key"),
            client: file("client.crt"),
            client_key: file("client.key"),
        }
    }

    fn all(&self) -> [&Path; 7] {
        [&self.ca, &self.ca_key, &self.crl, &self.server, &self.server_key, &self.client, &self.client_key]
    }
}

/// Makes a set in `directory`, which is made too. Keys can be read by the owner alone.
///
/// # Errors
///
/// If a file is there already (and `overwrite` is off), a host is no name, or something cannot be written.
pub fn make(directory: &Path, what: &Development) -> Result<Set, TlsError> {
    let set = Set::within(directory);
    if !what.overwrite {
        for path in set.all() {
            write::refuse_existing(path)?;
        }
    }
    std::fs::create_dir_all(directory)
        .map_err(|source| TlsError::Unwritable { path: directory.to_owned(), source })?;
    let authority = authority(what)?;
    write::public(&set.ca, &authority.pem())?;
    write::secret(&set.ca_key, &authority.key().serialize_pem())?;
    write::public(&set.crl, &list::sign(&authority, Vec::new(), list::now()?)?)?;

    let name = what.hosts.first().map_or("localhost", String::as_str);
    let mut server = params(names::of_server(&what.hosts), name, what)?;
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    issue(&authority, &server, &set.server, &set.server_key)?;

    let mut client = params(Vec::new(), &what.client, what)?;
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    issue(&authority, &client, &set.client, &set.client_key)?;
    Ok(set)
}

/// Makes one more client certificate with the authority of the set in `directory`.
///
/// # Errors
///
/// As [`make`], and if there is no such set.
pub fn make_client(
    directory: &Path,
    what: &Development,
    certificate: &Path,
    key: &Path,
) -> Result<(), TlsError> {
    if !what.overwrite {
        write::refuse_existing(certificate)?;
        write::refuse_existing(key)?;
    }
    let authority = list::authority_of(&Set::within(directory))?;
    let mut client = params(Vec::new(), &what.client, what)?;
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    issue(&authority, &client, certificate, key)
}

fn authority(what: &Development) -> Result<CertifiedIssuer<'static, KeyPair>, TlsError> {
    let key = KeyPair::generate()?;
    // Two authorities of one name are told apart by nobody: each has its own.
    let digest = ring::digest::digest(&ring::digest::SHA256, key.public_key_raw());
    let mark: String = digest.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let mut params = params(Vec::new(), &format!("tidegate development CA {mark}"), what)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = false;
    Ok(CertifiedIssuer::self_signed(params, key)?)
}

/// A certificate of `name` for `hosts`, valid from an hour ago: clocks differ.
fn params(hosts: Vec<String>, name: &str, what: &Development) -> Result<CertificateParams, TlsError> {
    let mut params = CertificateParams::new(hosts)?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::OrganizationName, "tidegate development");
    subject.push(DnType::CommonName, name);
    params.distinguished_name = subject;
    let (hour, day) = (3_600, 86_400);
    params.not_before = list::at(-hour)?;
    params.not_after = list::at(day * i64::from(what.days))?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn issue(
    authority: &rcgen::Issuer<'_, KeyPair>,
    params: &CertificateParams,
    certificate: &Path,
    key: &Path,
) -> Result<(), TlsError> {
    let pair = KeyPair::generate()?;
    write::public(certificate, &params.signed_by(&pair, authority)?.pem())?;
    write::secret(key, &pair.serialize_pem())
}
