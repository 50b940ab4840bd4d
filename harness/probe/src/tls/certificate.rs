//! What a server showed as its own certificate.

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;

/// The certificate of a server, not of its issuers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate(pub(crate) CertificateDer<'static>);

/// The name in the certificate that Traefik makes up when it has none for the host:
/// `pkg/tls/generate` of Traefik, unchanged since version 1.
const TRAEFIK_DEFAULT: &[u8] = b"TRAEFIK DEFAULT CERT";

/// DER of the attribute type `commonName` (2.5.4.3, X.520), as it stands before its value.
const COMMON_NAME: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];

/// DER tags a name is written with: UTF8String and PrintableString.
const STRING_TAGS: [u8; 2] = [0x0c, 0x13];

impl Certificate {
    /// Whether the edge made it up because no router has a certificate for the host.
    pub(crate) fn is_traefik_default(&self) -> bool {
        let length = u8::try_from(TRAEFIK_DEFAULT.len()).unwrap_or(u8::MAX);
        STRING_TAGS.iter().any(|tag| {
            let name = [&COMMON_NAME, [*tag, length].as_slice(), TRAEFIK_DEFAULT].concat();
            self.0.windows(name.len()).any(|window| window == name)
        })
    }

    /// Whether one of its subject alternative names covers `name`.
    pub(crate) fn covers(&self, name: &ServerName<'_>) -> bool {
        ParsedCertificate::try_from(&self.0)
            .is_ok_and(|parsed| rustls::client::verify_server_name(&parsed, name).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
    use rstest::rstest;

    use super::*;

    fn certificate(common_name: &str, san: &str) -> Certificate {
        let mut params = CertificateParams::new([san.to_owned()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, common_name);
        let key = KeyPair::generate().unwrap();
        Certificate(params.self_signed(&key).unwrap().der().clone())
    }

    #[rstest]
    #[case::traefik("TRAEFIK DEFAULT CERT", true)]
    #[case::other("app.test", false)]
    #[case::longer("TRAEFIK DEFAULT CERTIFICATE", false)]
    fn the_default_certificate_is_known_by_its_name(#[case] name: &str, #[case] default: bool) {
        assert_eq!(certificate(name, "a.traefik.default").is_traefik_default(), default);
    }

    #[test]
    fn the_words_alone_elsewhere_do_not_make_it_the_default() {
        let mut params = CertificateParams::new(["app.test".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::OrganizationName, "TRAEFIK DEFAULT CERT");
        let key = KeyPair::generate().unwrap();
        let other = Certificate(params.self_signed(&key).unwrap().der().clone());
        assert!(!other.is_traefik_default());
    }

    #[rstest]
    #[case::same("app.test", true)]
    #[case::other("db.test", false)]
    fn names_are_compared(#[case] name: &'static str, #[case] covered: bool) {
        let name = ServerName::try_from(name).unwrap();
        assert_eq!(certificate("x", "app.test").covers(&name), covered);
    }
}
