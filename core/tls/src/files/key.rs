//! Private keys.

use std::path::Path;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

use super::{Files, LONGEST, describe, unexpected};
use crate::TlsError;

impl Files {
    /// The private key of a PEM file.
    pub(super) fn private_key(&mut self, path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
        let bytes = self.read(path, LONGEST)?;
        self.look_at_mode(path);
        let expected = "a private key in PEM (BEGIN PRIVATE KEY)";
        if bytes.windows(9).any(|at| at == b"ENCRYPTED") {
            let hint =
                "take the passphrase off: `openssl pkey -in FILE -out NEW`, and let nobody else read NEW";
            return Err(unexpected(path, expected, "a key with a passphrase".to_owned(), hint));
        }
        PrivateKeyDer::from_pem_slice(&bytes).map_err(|error| match error {
            rustls_pki_types::pem::Error::NoItemsFound => {
                let (got, hint) = describe(&bytes);
                unexpected(path, expected, got, hint)
            }
            error => unexpected(path, expected, error.to_string(), "is the file whole?"),
        })
    }

    /// Notes a key that makes handshakes dear: whoever connects decides how many there are.
    pub(super) fn look_at_cost(&mut self, path: &Path, chain: &[CertificateDer<'_>]) {
        let Some(Ok((_, first))) = chain.first().map(|der| X509Certificate::from_der(der)) else { return };
        let Ok(PublicKey::RSA(key)) = first.public_key().parsed() else { return };
        let bits = key.key_size();
        let cost = match bits {
            0..=2048 => return,
            2049..=3072 => "1.4",
            3073..=4096 => "3.2",
            _ => "more than 3.2",
        };
        self.notices.push(format!(
            "{}: an RSA key of {bits} bits: each full handshake costs {cost} ms of processor time, with ECDSA \
             P-256 0.1 ms",
            path.display()
        ));
    }

    /// Notes a key that others can read.
    #[cfg(unix)]
    fn look_at_mode(&mut self, path: &Path) {
        use std::os::unix::fs::PermissionsExt;

        let mode = std::fs::metadata(path).map_or(0, |file| file.permissions().mode());
        if mode & 0o007 != 0 {
            self.notices.push(format!(
                "{}: everybody on this machine can read this private key; chmod 0600 it",
                path.display()
            ));
        }
    }

    #[cfg(not(unix))]
    fn look_at_mode(&mut self, _path: &Path) {}
}
