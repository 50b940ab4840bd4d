//! A certificate authority and servers with its certificates.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::serve;
use crate::{Access, Edge};

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// An access whose edge, on both ports, is `edge`, with this authority.
    pub(crate) fn access(&self, edge: SocketAddr, gateway: Option<crate::Gateway>) -> Access {
        let edge = Edge { https: edge, http: edge, ca_pem: self.pem.clone() };
        Access { gateway, edge: Some(edge) }
    }

    fn acceptor(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        acceptor(certificate.der().clone(), &key)
    }

    /// Completes handshakes as `name` and then waits for the client to go.
    pub(crate) async fn serve_tls(&self, name: &str) -> SocketAddr {
        self.serve(name, |mut stream| async move {
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        })
        .await
    }

    /// Serves `handler` inside TLS as `name`.
    pub(crate) async fn serve<F, T>(&self, name: &str, handler: F) -> SocketAddr
    where
        F: Fn(TlsStream<TcpStream>) -> T + Send + Sync + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        serve_with(self.acceptor(name), handler).await
    }

    /// Shows what Traefik shows when no router has a certificate.
    pub(crate) async fn serve_default_certificate() -> SocketAddr {
        let mut params = CertificateParams::new(["0123.4567.traefik.default".to_owned()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "TRAEFIK DEFAULT CERT");
        let key = KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().clone();
        serve_with(acceptor(der, &key), |mut stream| async move {
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        })
        .await
    }
}

fn acceptor(der: CertificateDer<'static>, key: &KeyPair) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![der], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve_with<F, T>(acceptor: TlsAcceptor, handler: F) -> SocketAddr
where
    F: Fn(TlsStream<TcpStream>) -> T + Send + Sync + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let handler = Arc::new(handler);
    serve(move |stream| {
        let (acceptor, handler) = (acceptor.clone(), Arc::clone(&handler));
        async move {
            // A client that refuses the certificate ends the handshake, which is no error.
            if let Ok(stream) = acceptor.accept(stream).await {
                handler(stream).await;
            }
        }
    })
    .await
}
