//! What the program says when it cannot go on, and the exit codes. Exit codes are API.

use std::fmt::Write as _;
use std::io::ErrorKind;

use cc_ci_engine::EngineError;
use cc_ci_lease::LeaseError;
use cc_ci_model::Fault;
use cc_ci_plan::{Blame, PlanError};

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
    /// The recipe's own files are refused: 2.
    Recipe,
    /// The machine is not able, or not prepared: 11.
    Machine,
    /// `reap` found objects that it removes only on request, and there is no terminal to ask on: 15.
    Unclaimed,
    /// No engine answers: 20.
    Engine,
    /// The user broke it off: 130.
    Cancelled,
}

impl Kind {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Bug => 1,
            Self::Usage | Self::Suite | Self::Recipe => 2,
            Self::Machine => 11,
            Self::Unclaimed => 15,
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
    /// The typed origin, where the cause knows it better than `kind`.
    origin: Option<Box<Fault>>,
}

impl CliError {
    pub(crate) fn new(kind: Kind, source: impl Into<anyhow::Error>) -> Self {
        Self { kind, source: source.into(), hints: Vec::new(), origin: None }
    }

    pub(crate) fn bug(source: impl Into<anyhow::Error>) -> Self {
        Self::new(Kind::Bug, source)
    }

    pub(crate) fn usage(source: impl Into<anyhow::Error>) -> Self {
        Self::new(Kind::Usage, source)
    }

    /// A file that was named cannot be read or written. What the disk refuses is no mistake in what was typed.
    pub(crate) fn of_file(source: impl Into<anyhow::Error>) -> Self {
        let error = Self::new(Kind::Usage, source);
        if error.is_full() { Self { kind: Kind::Machine, ..error } } else { error }
    }

    pub(crate) fn message(kind: Kind, message: impl Into<String>) -> Self {
        Self::new(kind, anyhow::Error::msg(message.into()))
    }

    /// The typed origin of a unit that could not be planned for this reason; `None` where the user broke
    /// the planning off, which says nothing about the unit. Only what names the recipe's own files is
    /// the recipe's.
    pub(crate) fn fault(&self) -> Option<Fault> {
        let message = self.words().said;
        let by_kind = match self.kind {
            Kind::Cancelled => return None,
            Kind::Recipe => Fault::BadRecipe { message },
            Kind::Suite => Fault::BrokenCheck { message },
            Kind::Bug => Fault::Bug { message },
            Kind::Engine => Fault::EngineDown { message },
            Kind::Usage | Kind::Machine | Kind::Unclaimed => self.exhausted(message),
        };
        Some(self.origin.as_deref().cloned().unwrap_or(by_kind))
    }

    /// True where a disk or a user's share of it is full.
    fn is_full(&self) -> bool {
        let full = |error: &std::io::Error| {
            matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
        };
        self.source.chain().filter_map(|cause| cause.downcast_ref()).any(full)
    }

    /// A full disk is told from other refusals of the machine.
    fn exhausted(&self, message: String) -> Fault {
        if self.is_full() {
            return Fault::NodeExhausted { what: "disk space".to_owned(), message };
        }
        Fault::NotPlanned { message }
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

impl From<PlanError> for CliError {
    fn from(error: PlanError) -> Self {
        let kind = match error.blame() {
            Blame::Bug => Kind::Bug,
            Blame::Usage => Kind::Usage,
            Blame::Suite => Kind::Suite,
            Blame::Recipe => Kind::Recipe,
            Blame::Machine => Kind::Machine,
        };
        let (hints, origin) = (error.hints().to_vec(), error.fault().cloned().map(Box::new));
        Self { kind, source: error.into(), hints, origin }
    }
}

impl From<LeaseError> for CliError {
    fn from(error: LeaseError) -> Self {
        match error {
            // A lock that cannot be had is the machine's; the error has its own hint.
            LeaseError::Lock(error) => Self::new(Kind::Machine, error),
            LeaseError::Engine(error) => error.into(),
        }
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
    use cc_ci_model::Owner;

    use super::*;

    #[test]
    fn a_missing_engine_ends_with_20_and_a_hint() {
        let (endpoint, message) = ("/run/docker.sock".into(), "no such file".into());
        let error = CliError::from(EngineError::Unreachable { endpoint, message });
        assert_eq!(error.kind.code(), 20);
        assert!(error.text().contains("\nhint: `cc-ci doctor`"));
    }

    #[rstest::rstest]
    #[case::recipe(Kind::Recipe, Some(Owner::Recipe))]
    #[case::suite(Kind::Suite, Some(Owner::Harness))]
    #[case::bug(Kind::Bug, Some(Owner::Harness))]
    #[case::usage(Kind::Usage, Some(Owner::Harness))]
    #[case::machine(Kind::Machine, Some(Owner::Harness))]
    #[case::engine(Kind::Engine, Some(Owner::Harness))]
    #[case::cancelled(Kind::Cancelled, None)]
    fn only_the_recipes_own_files_blame_the_recipe(
        #[case] kind: Kind,
        #[case] owner: Option<Owner>,
    ) {
        let fault = CliError::message(kind, "no").fault();
        assert_eq!(fault.map(|fault| fault.origin().0), owner);
    }

    #[test]
    fn a_full_disk_is_told() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let error = CliError::new(Kind::Machine, anyhow::Error::new(full).context("make a folder"));
        assert!(matches!(error.fault(), Some(Fault::NodeExhausted { .. })), "{:?}", error.fault());
    }

    #[test]
    fn a_taken_port_names_the_port_and_the_way_out() {
        let error = EngineError::PortTaken { port: 5055, message: "in use".into() };
        let error = CliError::from(error);
        assert_eq!(error.kind.code(), 11);
        assert!(error.text().contains("5055") && error.text().contains("--registry-port"));
    }
}
