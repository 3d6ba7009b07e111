//! Revocation lists.

use std::path::{Path, PathBuf};

use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::prelude::{CertificateRevocationList, FromDer};

use super::{Files, LONGEST_LIST, describe, unexpected};
use crate::TlsError;

impl Files {
    /// The revocation lists of `paths`: files in PEM or DER, and directories of them.
    pub(crate) fn lists(
        &mut self,
        paths: &[PathBuf],
    ) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
        let mut lists = Vec::new();
        for path in paths {
            if !path.is_dir() {
                lists.extend(self.lists_of(path)?);
                continue;
            }
            let files = files_in(path)?;
            if files.is_empty() {
                self.notices
                    .push(format!("{}: there is no revocation list in this directory", path.display()));
            }
            for file in files {
                lists.extend(self.lists_of(&file)?);
            }
        }
        Ok(lists)
    }

    fn lists_of(&mut self, path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
        let bytes = self.read(path, LONGEST_LIST)?;
        let expected = "revocation lists in PEM (-----BEGIN X509 CRL-----) or DER";
        let broken = |error: String| unexpected(path, expected, error, "is the file whole?");
        let all: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(&bytes).collect();
        let mut all = all.map_err(|error| broken(error.to_string()))?;
        if all.is_empty() {
            if bytes.first() != Some(&0x30) {
                let (got, hint) = describe(&bytes);
                return Err(unexpected(path, expected, got, hint));
            }
            all.push(CertificateRevocationListDer::from(bytes));
        }
        for list in &all {
            let (_, parsed) =
                CertificateRevocationList::from_der(list).map_err(|error| broken(error.to_string()))?;
            let next = parsed.next_update().filter(|next| next.timestamp() < self.now);
            if let Some(next) = next {
                let issuer = crate::certificate::name_of(parsed.issuer());
                self.notices.push(format!(
                    "{}: the revocation list of {issuer} should have been renewed at {next}",
                    path.display()
                ));
            }
        }
        Ok(all)
    }
}

/// The files of a directory by name, without hidden ones and without directories.
fn files_in(directory: &Path) -> Result<Vec<PathBuf>, TlsError> {
    let unreadable = |source| TlsError::Unreadable { path: directory.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.is_file() && !hidden {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
