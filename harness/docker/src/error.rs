//! From the client's errors to the port's, in one place.

use std::error::Error as _;
use std::time::Duration;

use bollard::errors::Error;
use cc_ci_engine::EngineError;

use crate::refusal;

/// What was asked of the engine, for the words of its refusal.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    endpoint: String,
    verb: String,
    object: String,
    /// Time for the answer to begin.
    limit: Duration,
}

impl Asked {
    pub(crate) fn new(endpoint: &str, verb: &str, kind: &str, name: &str) -> Self {
        let object = if name.is_empty() { kind.to_owned() } else { format!("{kind} {name}") };
        Self { endpoint: endpoint.to_owned(), verb: verb.to_owned(), object, limit: PATIENCE }
    }

    /// The same with another time for the answer to begin.
    pub(crate) fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// What was asked, as `create service web_app`.
    pub(crate) fn action(&self) -> String {
        format!("{} {}", self.verb, self.object)
    }

    /// What was asked about, as `service web_app`.
    pub(crate) fn object(&self) -> &str {
        &self.object
    }

    /// The answer as the port knows it.
    pub(crate) fn refused(&self, error: Error) -> EngineError {
        match error {
            Error::DockerResponseServerError { status_code, message } => {
                refusal::read(self, Some(status_code), &message)
            }
            Error::DockerStreamError { error } => refusal::read(self, None, &error),
            // Not even the head of an answer came. An engine that takes so long for a request serves nothing.
            Error::RequestTimeoutError => {
                let (action, seconds) = (self.action(), whole_seconds(self.limit));
                self.unreachable(format!("it did not {action} within {seconds} s"))
            }
            Error::SocketNotFoundError(path) => self.unreachable(format!("{path} does not exist")),
            Error::UnsupportedURISchemeError { .. }
            | Error::HyperLegacyError { .. }
            | Error::HyperResponseError { .. }
            | Error::IOError { .. } => self.unreachable(innermost(&error)),
            other => EngineError::Refused {
                action: self.action(),
                status: None,
                message: other.to_string(),
            },
        }
    }

    /// Nobody answers any more.
    pub(crate) fn unreachable(&self, message: String) -> EngineError {
        EngineError::Unreachable { endpoint: self.endpoint.clone(), message }
    }

    /// The engine gave an answer that its API does not describe.
    pub(crate) fn nonsense(&self, message: impl Into<String>) -> EngineError {
        EngineError::Refused { action: self.action(), status: None, message: message.into() }
    }
}

/// bollard's own limit for the first byte of an answer (`DEFAULT_TIMEOUT`).
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A limit in whole seconds for a reader; part of a second is not none.
pub(crate) fn whole_seconds(limit: Duration) -> u64 {
    limit.as_secs() + u64::from(limit.subsec_nanos() > 0)
}

/// The client wraps what the system said in several layers that repeat each other.
fn innermost(error: &Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        message = inner.to_string();
        source = inner.source();
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Asked {
        Asked::new("unix:///x.sock", "create", "service", "web_app")
    }

    #[test]
    fn a_silent_engine_is_unreachable_and_what_was_asked_is_named() {
        let said = |asked: Asked| asked.refused(Error::RequestTimeoutError).to_string();
        let words = "no engine answers at unix:///x.sock: it did not create service web_app within";
        assert_eq!(said(asked()), format!("{words} 120 s"));
        assert_eq!(said(asked().within(Duration::from_secs(8))), format!("{words} 8 s"));
    }

    #[test]
    fn part_of_a_second_is_not_none() {
        assert_eq!(whole_seconds(Duration::from_millis(300)), 1);
        assert_eq!(whole_seconds(Duration::from_secs(2)), 2);
    }

    #[test]
    fn a_missing_socket_is_unreachable() {
        let error = asked().refused(Error::SocketNotFoundError("/x.sock".into()));
        assert_eq!(
            error.to_string(),
            "no engine answers at unix:///x.sock: /x.sock does not exist"
        );
    }

    #[test]
    fn an_answer_that_cannot_be_read_is_refused_without_a_status() {
        let error = asked().refused(Error::APIVersionParseError {});
        assert!(matches!(error, EngineError::Refused { status: None, .. }));
    }
}
