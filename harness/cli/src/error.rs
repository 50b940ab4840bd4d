//! What the program says when it cannot go on, and the exit codes. Exit codes are API.

use std::fmt::Write as _;

use cc_ci_engine::EngineError;

use crate::message::Message;

/// Why the program ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A bug of ours, or the machine refuses something that must work: 1.
    Bug,
    /// Bad arguments or bad input: 2.
    Usage,
    /// A suite of ours is wrong, the recipe has no part in it: 2.
    Suite,
    /// The machine is not able, or not prepared: 11.
    Machine,
    /// No engine answers: 20.
    Engine,
    /// The user broke it off: 130.
    Cancelled,
}

impl Kind {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Bug => 1,
            Self::Usage | Self::Suite => 2,
            Self::Machine => 11,
            Self::Engine => 20,
            Self::Cancelled => 130,
        }
    }
}

/// An error for a person: what failed, why, and the next move.
#[derive(Debug)]
pub(crate) struct CliError {
    pub(crate) kind: Kind,
    pub(crate) source: anyhow::Error,
    pub(crate) hints: Vec<String>,
}

impl CliError {
    pub(crate) fn new(kind: Kind, source: impl Into<anyhow::Error>) -> Self {
        Self { kind, source: source.into(), hints: Vec::new() }
    }

    pub(crate) fn bug(source: impl Into<anyhow::Error>) -> Self {
        Self::new(Kind::Bug, source)
    }

    pub(crate) fn usage(source: impl Into<anyhow::Error>) -> Self {
        Self::new(Kind::Usage, source)
    }

    pub(crate) fn message(kind: Kind, message: impl Into<String>) -> Self {
        Self::new(kind, anyhow::Error::msg(message.into()))
    }

    pub(crate) fn cancelled() -> Self {
        Self::message(Kind::Cancelled, "cancelled")
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// What happened, and what to do about it as the causes and we ourselves know it.
    pub(crate) fn words(&self) -> Message {
        let mut message = Message::of(&self.source);
        message.hints.extend(self.hints.iter().cloned());
        message
    }

    /// The whole message: the causes joined, then a line per hint.
    pub(crate) fn text(&self) -> String {
        let Message { said, hints } = self.words();
        let mut text = format!("error: {said}");
        for hint in hints {
            let _ = write!(text, "\nhint: {hint}");
        }
        text
    }
}

impl From<EngineError> for CliError {
    fn from(error: EngineError) -> Self {
        match &error {
            EngineError::Unreachable { .. } => Self::new(Kind::Engine, error)
                .hint("`cc-ci doctor` says what is missing; `cc-ci doctor --fix` mends it"),
            EngineError::PortTaken { port, .. } => {
                let hint = format!(
                    "`ss -ltnp 'sport = :{port}'` shows who holds it; \
                     --registry-port chooses another for the registry"
                );
                Self::new(Kind::Machine, error).hint(hint)
            }
            EngineError::NotFound { .. }
            | EngineError::Conflict { .. }
            | EngineError::Exhausted { .. }
            | EngineError::Pull { .. }
            | EngineError::Build { .. }
            | EngineError::Refused { .. }
            | EngineError::Timeout { .. } => {
                Self::new(Kind::Machine, error).hint("`cc-ci doctor` looks at this machine")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_engine_ends_with_20_and_a_hint() {
        let (endpoint, message) = ("/run/docker.sock".into(), "no such file".into());
        let error = CliError::from(EngineError::Unreachable { endpoint, message });
        assert_eq!(error.kind.code(), 20);
        assert!(error.text().contains("\nhint: `cc-ci doctor`"));
    }

    #[test]
    fn a_taken_port_names_the_port_and_the_way_out() {
        let error = EngineError::PortTaken { port: 5055, message: "in use".into() };
        let error = CliError::from(error);
        assert_eq!(error.kind.code(), 11);
        assert!(error.text().contains("5055") && error.text().contains("--registry-port"));
    }
}
