//! Certificates as they are made.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

/// Names that the edge serves: each instance gets one below it. `.test` is reserved for tests, RFC 2606.
pub(super) const NAMES: [&str; 2] = ["*.cc-ci.test", "cc-ci.test"];

/// A certificate starts to be valid so long before it is made: clocks differ.
const BEFORE: Duration = Duration::from_secs(24 * 3600);

/// A certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) certificate: String,
    pub(super) key: String,
}

/// A new authority, valid until `until`.
pub(super) fn authority(now: SystemTime, until: SystemTime) -> Result<Pair, rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = authority_params();
    params.not_before = date_time_ymd(1970, 1, 1) + since(now - BEFORE);
    params.not_after = date_time_ymd(1970, 1, 1) + since(until);
    Ok(Pair { certificate: params.self_signed(&key)?.pem(), key: key.serialize_pem() })
}

/// A new certificate of the authority for [`NAMES`], valid until `until`.
pub(super) fn leaf(
    authority: &Pair,
    now: SystemTime,
    until: SystemTime,
) -> Result<Pair, rcgen::Error> {
    let issuer = Issuer::new(authority_params(), KeyPair::from_pem(&authority.key)?);
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(NAMES.map(str::to_owned))?;
    params.distinguished_name.push(DnType::CommonName, NAMES[0]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.not_before = date_time_ymd(1970, 1, 1) + since(now - BEFORE);
    params.not_after = date_time_ymd(1970, 1, 1) + since(until);
    Ok(Pair { certificate: params.signed_by(&key, &issuer)?.pem(), key: key.serialize_pem() })
}

/// The same for every authority: a leaf names its issuer by it.
fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "cc-ci edge authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Time since 1970.
fn since(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}
