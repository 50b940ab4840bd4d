//! How a TLS handshake can fail, and who is at fault.

use std::io;

use cc_ci_model::Vantage;
use rustls::{AlertDescription, Error};

use super::Certificate;
use crate::ProbeError;

/// How a TLS handshake can fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TlsFailure {
    /// The server's certificate is not accepted.
    Certificate { seen: Option<Certificate>, detail: String },
    /// The server breaks off, in TLS.
    Alert(AlertDescription),
    /// The server sends something, but not TLS as we know it.
    NotTls(String),
    /// The connection ended.
    Closed(String),
    /// The authority to trust cannot be read.
    Authority(String),
}

impl TlsFailure {
    /// Sorts an error of a handshake.
    pub(super) fn of(error: &io::Error, seen: Option<Certificate>) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
        match inner {
            None => Self::Closed(format!("connection ended in the TLS handshake: {error}")),
            Some(Error::InvalidCertificate(reason)) => {
                Self::Certificate { seen, detail: reason.to_string() }
            }
            Some(Error::AlertReceived(alert)) => Self::Alert(*alert),
            // The rest of this foreign, open enum: messages that are broken, misplaced or of a
            // version or cipher that we do not have.
            Some(other) => Self::NotTls(format!("no usable TLS: {other}")),
        }
    }

    /// What the failure means for `target`, seen from `from`.
    pub(crate) fn into_probe_error(self, target: &str, from: Vantage) -> ProbeError {
        let edge = from == Vantage::Edge;
        match self {
            Self::Certificate { seen, detail } => {
                let default = seen.is_some_and(|seen| seen.is_traefik_default());
                if default && edge {
                    ProbeError::not_serving(target, "the edge shows its default certificate")
                } else if default {
                    ProbeError::unmet(format!("{target} shows Traefik's default certificate"))
                } else if edge {
                    // The harness makes the certificates of the edge, so a wrong one is the harness's fault.
                    ProbeError::edge(format!("{target} shows a wrong certificate: {detail}"))
                } else {
                    ProbeError::unmet(format!("{target} shows a wrong certificate: {detail}"))
                }
            }
            // Traefik with sniStrict: no certificate for that host.
            Self::Alert(AlertDescription::UnrecognisedName) if edge => {
                ProbeError::not_serving(target, "the edge knows no such host")
            }
            Self::Alert(alert) => {
                ProbeError::unmet(format!("{target} ends the TLS handshake: {alert:?}"))
            }
            Self::NotTls(detail) | Self::Closed(detail) if edge => {
                ProbeError::edge(format!("{target}: {detail}"))
            }
            Self::NotTls(detail) | Self::Closed(detail) => ProbeError::no_answer(target, detail),
            Self::Authority(detail) => {
                ProbeError::edge(format!("its certificate authority cannot be read: {detail}"))
            }
        }
    }
}
