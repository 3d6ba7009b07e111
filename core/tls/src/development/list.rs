//! The authority's revocation list.

use std::path::Path;

use rcgen::{
    CertificateRevocationListParams, Issuer, KeyIdMethod, KeyPair, RevocationReason, RevokedCertParams,
    SerialNumber,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};
use time::{Duration, OffsetDateTime};
use x509_parser::prelude::{CertificateRevocationList, FromDer, X509Certificate};

use super::{Set, write};
use crate::TlsError;

/// For how long a list is good: a development set should not lock its owner out.
const GOOD_FOR: Duration = Duration::days(365);

/// Puts the first certificate of the file `certificate` on the revocation list of the set in `directory`. Whether it was
/// not there before. A broker takes the list at its next reload.
///
/// # Errors
///
/// If the set or the certificate cannot be read, the certificate is not the authority's, or the list cannot be written.
pub fn revoke(directory: &Path, certificate: &Path) -> Result<bool, TlsError> {
    let set = Set::within(directory);
    let authority = authority_of(&set)?;
    let bytes = read(certificate)?;
    let der =
        CertificateDer::from_pem_slice(&bytes).map_err(|error| strange(certificate, error.to_string()))?;
    let (_, parsed) =
        X509Certificate::from_der(&der).map_err(|error| strange(certificate, error.to_string()))?;

    let old = read(&set.crl)?;
    let old = CertificateRevocationListDer::from_pem_slice(&old)
        .map_err(|error| strange(&set.crl, error.to_string()))?;
    let (_, old) =
        CertificateRevocationList::from_der(&old).map_err(|error| strange(&set.crl, error.to_string()))?;
    if parsed.issuer().as_raw() != old.issuer().as_raw() {
        let issuer = crate::certificate::name_of(parsed.issuer());
        return Err(strange(certificate, format!("a certificate of another issuer, {issuer}")));
    }
    let mut revoked: Vec<RevokedCertParams> = old
        .iter_revoked_certificates()
        .map(|entry| Ok(entry_of(entry.raw_serial(), at_second(entry.revocation_date.timestamp())?)))
        .collect::<Result<_, TlsError>>()?;
    let serial = SerialNumber::from_slice(parsed.raw_serial());
    if revoked.iter().any(|entry| entry.serial_number == serial) {
        return Ok(false);
    }
    let now = now()?;
    revoked.push(entry_of(parsed.raw_serial(), now));
    write::public(&set.crl, &sign(&authority, revoked, now)?)?;
    Ok(true)
}

fn entry_of(serial: &[u8], when: OffsetDateTime) -> RevokedCertParams {
    RevokedCertParams {
        serial_number: SerialNumber::from_slice(serial),
        revocation_time: when,
        reason_code: Some(RevocationReason::Unspecified),
        invalidity_date: None,
    }
}

/// A list of `revoked` as PEM. Its number (RFC 5280 §5.2.3) grows with time and with what is on it.
pub(super) fn sign(
    authority: &Issuer<'_, KeyPair>,
    revoked: Vec<RevokedCertParams>,
    now: OffsetDateTime,
) -> Result<String, TlsError> {
    let number = now.unix_timestamp().unsigned_abs().saturating_add(revoked.len() as u64);
    let list = CertificateRevocationListParams {
        this_update: now.saturating_sub(Duration::HOUR),
        next_update: now.saturating_add(GOOD_FOR),
        crl_number: SerialNumber::from(number),
        issuing_distribution_point: None,
        revoked_certs: revoked,
        key_identifier_method: KeyIdMethod::Sha256,
    };
    Ok(list.signed_by(authority)?.pem()?)
}

/// The authority of a set, ready to sign.
pub(super) fn authority_of(set: &Set) -> Result<Issuer<'static, KeyPair>, TlsError> {
    let text = |path: &Path| {
        String::from_utf8(read(path)?).map_err(|_| strange(path, "something that is no text".to_owned()))
    };
    let key =
        KeyPair::from_pem(&text(&set.ca_key)?).map_err(|error| strange(&set.ca_key, error.to_string()))?;
    Issuer::from_ca_cert_pem(&text(&set.ca)?, key).map_err(|error| strange(&set.ca, error.to_string()))
}

pub(super) fn now() -> Result<OffsetDateTime, TlsError> {
    at(0)
}

/// `seconds` from now, without parts of a second: certificates have none.
pub(super) fn at(seconds: i64) -> Result<OffsetDateTime, TlsError> {
    at_second(OffsetDateTime::now_utc().unix_timestamp().saturating_add(seconds))
}

fn at_second(second: i64) -> Result<OffsetDateTime, TlsError> {
    OffsetDateTime::from_unix_timestamp(second).map_err(|_| TlsError::Made(rcgen::Error::Time))
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })
}

fn strange(path: &Path, got: String) -> TlsError {
    TlsError::Unexpected {
        path: path.to_owned(),
        expected: "a file of the set that `tidegate cert dev` made",
        got,
        hint: "make a new set if it is damaged",
    }
}
