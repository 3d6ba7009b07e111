//! Who may come with which client certificate.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme,
};
use rustls_pki_types::{CertificateDer, UnixTime};
use tidegate_config::ClientCertificate;
use tidegate_config::sections::{CrlDepth, CrlVerdict, Tls};

use crate::TlsError;
use crate::files::Files;
use crate::settings::setting;

/// The most certificates in a client's chain, its own among them.
const MOST: usize = 10;
/// The most bytes in them. rustls keeps the chain for as long as the connection lasts.
const LONGEST: usize = 16 << 10;

/// The verifier that `tls` asks for, its files read.
pub(super) fn verifier(
    tls: &Tls,
    provider: &Arc<CryptoProvider>,
    files: &mut Files,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let (Some(ca), ClientCertificate::Optional | ClientCertificate::Required) =
        (&tls.client_ca, tls.client_certificate)
    else {
        return Ok(WebPkiClientVerifier::no_client_auth());
    };
    let roots = Arc::new(files.roots(ca)?);
    let mut builder = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider));
    if !tls.crl.is_empty() {
        builder = builder.with_crls(files.lists(&tls.crl)?);
    }
    if tls.crl_unknown == CrlVerdict::Allow {
        builder = builder.allow_unknown_revocation_status();
    }
    if tls.crl_expired == CrlVerdict::Refuse {
        builder = builder.enforce_revocation_expiration();
    }
    if tls.crl_depth == CrlDepth::Client {
        builder = builder.only_check_end_entity_revocation();
    }
    if tls.client_certificate == ClientCertificate::Optional {
        builder = builder.allow_unauthenticated();
    }
    let unusable = |error| setting("tls.client_ca and tls.crl", format!("cannot be used: {error}"));
    Ok(Arc::new(Bounded(builder.build().map_err(unusable)?)))
}

/// Another verifier, for chains that are not too long to be kept.
#[derive(Debug)]
struct Bounded(Arc<dyn ClientCertVerifier>);

/// A client certificate chain of more than 10 certificates or 16 KiB.
#[derive(Debug, thiserror::Error)]
#[error("a client certificate chain holds more than {MOST} certificates or {LONGEST} bytes")]
struct ChainTooLong;

impl ClientCertVerifier for Bounded {
    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let bytes = intermediates.iter().fold(end_entity.len(), |sum, one| sum.saturating_add(one.len()));
        if intermediates.len() >= MOST || bytes > LONGEST {
            let error = CertificateError::Other(OtherError(Arc::new(ChainTooLong)));
            return Err(Error::InvalidCertificate(error));
        }
        self.0.verify_client_cert(end_entity, intermediates, now)
    }

    fn offer_client_auth(&self) -> bool {
        self.0.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.0.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.root_hint_subjects()
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }

    fn requires_raw_public_keys(&self) -> bool {
        self.0.requires_raw_public_keys()
    }
}
