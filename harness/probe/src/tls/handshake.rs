//! One TLS handshake.

use std::sync::{Arc, Mutex};

use rustls::client::WebPkiServerVerifier;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::verifier::Recorder;
use super::{Certificate, TlsFailure};
use crate::{Access, BoxStream, ProbeError};

/// Which certificates are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust<'a> {
    /// Certificates issued by this authority, given as PEM.
    Ca(&'a str),
    /// Any certificate.
    AnyCertificate,
}

/// Accepts certificates of the edge's authority, or any certificate.
pub(crate) fn trusted(verify: bool, access: &Access) -> Result<Trust<'_>, ProbeError> {
    match (verify, &access.edge) {
        (false, _) => Ok(Trust::AnyCertificate),
        (true, Some(edge)) => Ok(Trust::Ca(&edge.ca_pem)),
        (true, None) => Err(ProbeError::edge("none is set up, so there is no authority to trust")),
    }
}

/// Speaks TLS as a client and says which certificate the server showed.
pub(crate) async fn handshake(
    stream: BoxStream,
    name: ServerName<'static>,
    trust: Trust<'_>,
) -> Result<(TlsStream<BoxStream>, Option<Certificate>), TlsFailure> {
    let (config, recorder) = configure(trust)?;
    match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
        Ok(stream) => Ok((stream, recorder.seen())),
        Err(error) => Err(TlsFailure::of(&error, recorder.seen())),
    }
}

/// The same configuration for a client that makes the handshake itself.
pub(crate) fn client_config(trust: Trust<'_>) -> Result<ClientConfig, TlsFailure> {
    configure(trust).map(|(config, _)| config)
}

fn configure(trust: Trust<'_>) -> Result<(ClientConfig, Arc<Recorder>), TlsFailure> {
    let provider = Arc::new(ring::default_provider());
    let inner = match trust {
        Trust::AnyCertificate => None,
        Trust::Ca(pem) => {
            let roots = Arc::new(read_roots(pem)?);
            let builder = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider));
            Some(builder.build().map_err(|error| TlsFailure::Authority(error.to_string()))?)
        }
    };
    let recorder =
        Arc::new(Recorder { inner, provider: Arc::clone(&provider), seen: Mutex::new(None) });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsFailure::Authority(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&recorder) as _)
        .with_no_client_auth();
    Ok((config, recorder))
}

fn read_roots(pem: &str) -> Result<RootCertStore, TlsFailure> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let added = certificate
            .map_err(|error| error.to_string())
            .and_then(|der| roots.add(der).map_err(|error| error.to_string()));
        added.map_err(TlsFailure::Authority)?;
    }
    if roots.is_empty() {
        return Err(TlsFailure::Authority("no certificate in it".to_owned()));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::empty("")]
    #[case::words("not a certificate")]
    #[case::broken("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    fn an_unreadable_authority_is_refused(#[case] pem: &str) {
        assert!(matches!(read_roots(pem), Err(TlsFailure::Authority(_))));
    }
}
