//! What one listener's TLS is to be.

use tidegate_config::sections::Tls;
use tidegate_config::{ClientCertificate, TlsOverride};

use crate::TlsError;

/// `[tls]` with what a listener says differently laid over it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settings(Tls);

impl Settings {
    /// `tls` for every listener, and `listener`'s own `tls` table.
    ///
    /// A listener's own certificate comes with its own key and without the stapled response of the other one.
    ///
    /// # Errors
    ///
    /// If they do not go together.
    pub fn new(tls: &Tls, listener: &TlsOverride) -> Result<Self, TlsError> {
        let mut tls = tls.clone();
        match (&listener.certificate, &listener.key) {
            (Some(certificate), Some(key)) => {
                tls.certificate = Some(certificate.clone());
                tls.key = Some(key.clone());
                tls.ocsp = None;
            }
            (None, None) => {}
            _ => {
                return Err(setting(
                    "a listener's tls.certificate and tls.key",
                    "go together: set both or none",
                ));
            }
        }
        if let Some(ca) = &listener.client_ca {
            tls.client_ca = Some(ca.clone());
        }
        if let Some(mode) = listener.client_certificate {
            tls.client_certificate = mode;
        }
        if tls.client_certificate != ClientCertificate::None && tls.client_ca.is_none() {
            return Err(setting("client_certificate", "needs client_ca: who may issue them"));
        }
        if !tls.names.is_empty() && tls.certificate.is_none() {
            return Err(setting(
                "tls.names",
                "needs tls.certificate, which clients get that ask for no host or an unknown one",
            ));
        }
        Ok(Self(tls))
    }

    pub(crate) const fn tls(&self) -> &Tls {
        &self.0
    }
}

pub(crate) fn setting(key: &'static str, reason: impl Into<String>) -> TlsError {
    TlsError::Setting { key, reason: reason.into() }
}
