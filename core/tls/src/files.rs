//! Reading certificates, keys and lists; saying what is wrong with them.

mod key;
mod lists;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::TlsError;

/// The longest file of certificates or keys, in bytes.
const LONGEST: u64 = 4 << 20;
/// The longest revocation list, in bytes.
const LONGEST_LIST: u64 = 256 << 20;

/// Reads files, and remembers what there is to say of them.
pub(crate) struct Files {
    notices: Vec<String>,
    now: i64,
}

impl Files {
    /// `now`: seconds since 1970.
    pub(crate) fn new(now: i64) -> Self {
        Self { notices: Vec::new(), now }
    }

    /// What the operator should know, in whole sentences.
    pub(crate) fn into_notices(self) -> Vec<String> {
        self.notices
    }

    fn read(&mut self, path: &Path, longest: u64) -> Result<Vec<u8>, TlsError> {
        let unreadable = |source| TlsError::Unreadable { path: path.to_owned(), source };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        let read = file.take(longest.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
        if read as u64 > longest {
            return Err(unexpected(
                path,
                "a file of certificates, a key or a list",
                format!("more than {longest} bytes"),
                "is it the right file?",
            ));
        }
        Ok(bytes)
    }

    /// A certificate chain with its key and the response that is stapled to it.
    pub(crate) fn certified_key(
        &mut self,
        certificate: &Path,
        key: &Path,
        ocsp: Option<&Path>,
        provider: &CryptoProvider,
    ) -> Result<Arc<CertifiedKey>, TlsError> {
        let chain = self.certificates(certificate)?;
        self.look_at_validity(certificate, &chain);
        self.look_at_cost(certificate, &chain);
        let secret = self.private_key(key)?;
        let signer = provider.key_provider.load_private_key(secret).map_err(|error| {
            unexpected(
                key,
                "an RSA, ECDSA (P-256, P-384) or Ed25519 key",
                error.to_string(),
                "make one of these kinds",
            )
        })?;
        let mut pair = CertifiedKey::new(chain, signer);
        match pair.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {}
            Err(rustls::Error::InconsistentKeys(_)) => {
                let expected = "the private key of the first certificate in the chain";
                let got = format!("another key than that of {}", certificate.display());
                return Err(unexpected(key, expected, got, "set the two files that were made together"));
            }
            Err(error) => {
                return Err(unexpected(
                    certificate,
                    "a certificate",
                    error.to_string(),
                    "is the file whole?",
                ));
            }
        }
        pair.ocsp = ocsp.map(|path| self.response(path)).transpose()?;
        Ok(Arc::new(pair))
    }

    /// The certificates of a PEM file, at least one.
    fn certificates(&mut self, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let bytes = self.read(path, LONGEST)?;
        let expected = "certificates in PEM (-----BEGIN CERTIFICATE-----)";
        let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
        let all = all.map_err(|error| unexpected(path, expected, error.to_string(), "is the file whole?"))?;
        if all.is_empty() {
            let (got, hint) = describe(&bytes);
            return Err(unexpected(path, expected, got, hint));
        }
        Ok(all)
    }

    /// Whose certificates are trusted to issue others.
    pub(crate) fn roots(&mut self, path: &Path) -> Result<RootCertStore, TlsError> {
        let mut roots = RootCertStore::empty();
        let all = self.certificates(path)?;
        self.look_at_validity(path, &all);
        for (at, certificate) in all.into_iter().enumerate() {
            roots.add(certificate).map_err(|error| {
                let got = format!("certificate {}: {error}", at.saturating_add(1));
                unexpected(path, "certificates that may issue others", got, "leave that certificate out")
            })?;
        }
        Ok(roots)
    }

    fn response(&mut self, path: &Path) -> Result<Vec<u8>, TlsError> {
        let bytes = self.read(path, 64 << 10)?;
        // OCSPResponse (RFC 6960 §4.2.1) is a SEQUENCE that begins with its status; 0 is success.
        if bytes.first() == Some(&0x30) && bytes.windows(3).take(8).any(|at| at == [0x0a, 1, 0]) {
            return Ok(bytes);
        }
        let hint = "let `openssl ocsp -respout` write it";
        Err(unexpected(path, "a successful OCSP response in DER", describe(&bytes).0, hint))
    }

    /// Notes certificates that are not valid now. They are used all the same: clients decide about them.
    fn look_at_validity(&mut self, path: &Path, chain: &[CertificateDer<'_>]) {
        let parsed = chain.iter().filter_map(|der| X509Certificate::from_der(der).ok());
        for certificate in parsed.map(|(_, certificate)| certificate) {
            let validity = certificate.validity();
            let (subject, path) = (crate::certificate::name_of(certificate.subject()), path.display());
            if self.now > validity.not_after.timestamp() {
                let when = validity.not_after;
                self.notices.push(format!("{path}: the certificate of {subject} expired at {when}"));
            } else if self.now < validity.not_before.timestamp() {
                let when = validity.not_before;
                self.notices.push(format!("{path}: the certificate of {subject} is not valid before {when}"));
            }
        }
    }
}

/// What a file that does not hold the expected thing does hold, and what to do.
fn describe(bytes: &[u8]) -> (String, &'static str) {
    let has = |text: &[u8]| bytes.windows(text.len()).any(|at| at == text);
    let (got, hint) = if bytes.is_empty() {
        ("an empty file", "was it written to the end?")
    } else if has(b" PRIVATE KEY--") {
        ("a private key", "certificate and key may be exchanged")
    } else if has(b"-----BEGIN CERTIFICATE-----") {
        ("a certificate", "certificate and key may be exchanged")
    } else if has(b"-----BEGIN ") {
        ("another kind of PEM", "is it the right file?")
    } else if bytes.first() == Some(&0x30) {
        ("DER, which has no BEGIN line", "write it as PEM: `openssl x509 -inform der -in FILE`")
    } else {
        ("something else", "is it the right file?")
    };
    (got.to_owned(), hint)
}

fn unexpected(path: &Path, expected: &'static str, got: String, hint: &'static str) -> TlsError {
    TlsError::Unexpected { path: path.to_owned(), expected, got, hint }
}
