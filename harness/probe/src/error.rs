//! How a probe can fail, and who is at fault.

use cc_ci_model::Fault;
use thiserror::Error;

use crate::DialError;

/// Why a probe did not hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProbeError {
    /// Refused, reset, cut off or garbage: no program at the app's address spoke the protocol.
    #[error("{target} does not answer: {detail}")]
    NoAnswer {
        /// The address or URL.
        target: String,
        /// What happened instead.
        detail: String,
    },
    /// The edge answered for itself: its default certificate, its own 404, a 502, 503 or 504.
    #[error("{url} does not reach the app: {detail}")]
    NotServing {
        /// What was asked for.
        url: String,
        /// What came instead.
        detail: String,
    },
    /// The app answered in its protocol, but not as expected.
    #[error("{message}")]
    Unmet {
        /// What was expected and what came.
        message: String,
    },
    /// Our own gateway is missing, unreachable or does not speak SOCKS5.
    #[error("the gateway does not work: {message}")]
    Gateway {
        /// What happened.
        message: String,
    },
    /// Our own edge is missing, unreachable or does not speak its protocol.
    #[error("the edge does not work: {message}")]
    Edge {
        /// What happened.
        message: String,
    },
    /// The check cannot be carried out as written.
    #[error("the check cannot be carried out: {message}")]
    Broken {
        /// What is wrong with it.
        message: String,
    },
}

impl ProbeError {
    pub(crate) fn no_answer(target: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::NoAnswer { target: target.into(), detail: detail.into() }
    }

    pub(crate) fn not_serving(url: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::NotServing { url: url.into(), detail: detail.into() }
    }

    pub(crate) fn unmet(message: impl Into<String>) -> Self {
        Self::Unmet { message: message.into() }
    }

    pub(crate) fn edge(message: impl Into<String>) -> Self {
        Self::Edge { message: message.into() }
    }

    /// The same error, which names the `place` in a longer conversation.
    pub(crate) fn at(self, place: &str) -> Self {
        let told = |text: String| format!("{place}: {text}");
        match self {
            Self::NoAnswer { target, detail } => Self::NoAnswer { target, detail: told(detail) },
            Self::NotServing { url, detail } => Self::NotServing { url, detail: told(detail) },
            Self::Unmet { message } => Self::Unmet { message: told(message) },
            Self::Gateway { message } => Self::Gateway { message: told(message) },
            Self::Edge { message } => Self::Edge { message: told(message) },
            Self::Broken { message } => Self::Broken { message: told(message) },
        }
    }

    /// The typed origin of a failure that this error causes.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::NoAnswer { .. } | Self::Unmet { .. } => {
                Fault::CheckFailed { message: self.to_string() }
            }
            Self::NotServing { url, detail } => {
                Fault::NotServing { url: url.clone(), detail: detail.clone() }
            }
            Self::Gateway { message } => Fault::Gateway { message: message.clone() },
            Self::Edge { message } => Fault::Edge { message: message.clone() },
            Self::Broken { message } => Fault::BrokenCheck { message: message.clone() },
        }
    }
}

impl From<DialError> for ProbeError {
    fn from(error: DialError) -> Self {
        match error {
            DialError::NoAnswer { target, detail } => Self::NoAnswer { target, detail },
            DialError::Gateway { message } => Self::Gateway { message },
            DialError::Edge { message } => Self::Edge { message },
            DialError::Unsupported { message } => Self::Broken { message },
        }
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{Cause, Owner};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::no_answer(ProbeError::no_answer("app:1", "refused"), Owner::Recipe, Cause::Upstream)]
    #[case::unmet(ProbeError::unmet("answered 500"), Owner::Recipe, Cause::Upstream)]
    #[case::not_serving(
        ProbeError::not_serving("https://a/", "404"),
        Owner::Recipe,
        Cause::Network
    )]
    #[case::edge(ProbeError::edge("refused"), Owner::Harness, Cause::Proxy)]
    #[case::gateway(ProbeError::Gateway { message: "eof".into() }, Owner::Harness, Cause::Proxy)]
    #[case::broken(ProbeError::Broken { message: "no".into() }, Owner::Harness, Cause::Check)]
    fn every_error_points_to_who_must_act(
        #[case] error: ProbeError,
        #[case] owner: Owner,
        #[case] cause: Cause,
    ) {
        assert_eq!(error.fault().origin(), (owner, cause));
        let said = error.fault().to_string();
        let detail = error.to_string().rsplit(": ").next().unwrap().to_owned();
        assert!(said.contains(&detail), "{said} lost {detail}");
    }
}
