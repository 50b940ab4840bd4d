//! Why the program ends early.

use std::fmt::{self, Display, Formatter};
use std::io::ErrorKind;

use cc_ci_engine::EngineError;
use cc_ci_history::HistoryError;
use cc_ci_lease::LeaseError;
use cc_ci_model::Fault;
use cc_ci_node::images::ImageError;
use cc_ci_node::infra::InfraError;
use cc_ci_plan::{Blame, PlanError};

use crate::Words;

/// The kinds of failures, by who has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A bug of cc-ci, or the machine refuses something that must work.
    Bug,
    /// Bad arguments or bad input.
    Usage,
    /// A suite of the catalogue is wrong. The recipe is not at fault.
    Suite,
    /// The recipe's own files are refused.
    Recipe,
    /// The machine is not able, or not prepared.
    Machine,
    /// No engine answers.
    Engine,
    /// The user cancelled the command.
    Cancelled,
}

/// An error for a person: what failed, why, and the next move.
#[derive(Debug)]
pub struct Failure {
    /// The kind of the failure.
    pub kind: Kind,
    source: anyhow::Error,
    /// What to do, a line each.
    pub hints: Vec<String>,
    /// The typed origin, where the cause knows it better than `kind`.
    origin: Option<Box<Fault>>,
}

impl Failure {
    /// A failure of this kind.
    pub fn new(kind: Kind, source: impl Into<anyhow::Error>) -> Self {
        Self { kind, source: source.into(), hints: Vec::new(), origin: None }
    }

    /// A bug of cc-ci.
    pub fn bug(source: impl Into<anyhow::Error>) -> Self {
        Self::new(Kind::Bug, source)
    }

    /// Bad arguments or bad input.
    pub fn usage(source: impl Into<anyhow::Error>) -> Self {
        Self::new(Kind::Usage, source)
    }

    /// A file that was named cannot be read or written. A full disk is a failure of the machine and no mistake
    /// in the arguments.
    pub fn of_file(source: impl Into<anyhow::Error>) -> Self {
        let error = Self::new(Kind::Usage, source);
        if error.is_full() { Self { kind: Kind::Machine, ..error } } else { error }
    }

    /// A failure that no other error caused.
    pub fn message(kind: Kind, message: impl Into<String>) -> Self {
        Self::new(kind, anyhow::Error::msg(message.into()))
    }

    /// The typed origin of a unit that could not be planned for this reason; `None` where the user cancelled
    /// the planning, which says nothing about the unit. Only an error in the recipe's own files is a fault of
    /// the recipe.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        let message = self.words().said;
        let by_kind = match self.kind {
            Kind::Cancelled => return None,
            Kind::Recipe => Fault::BadRecipe { message },
            Kind::Suite => Fault::BrokenCheck { message },
            Kind::Bug => Fault::Bug { message },
            Kind::Engine => Fault::EngineDown { message },
            Kind::Usage | Kind::Machine => self.exhausted(message),
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

    /// A full disk has a fault of its own among the refusals of the machine.
    fn exhausted(&self, message: String) -> Fault {
        if self.is_full() {
            return Fault::NodeExhausted { what: "disk space".to_owned(), message };
        }
        Fault::NotPlanned { message }
    }

    /// The user cancelled the command.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::message(Kind::Cancelled, "cancelled")
    }

    /// The same failure within `said`.
    #[must_use]
    pub fn context(mut self, said: impl Into<String>) -> Self {
        self.source = self.source.context(said.into());
        self
    }

    /// The same failure with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// What happened and what to do about it, with the hints of the causes and of this failure.
    #[must_use]
    pub fn words(&self) -> Words {
        let mut words = Words::of(&*self.source);
        words.hints.extend(self.hints.iter().cloned());
        words
    }
}

/// The whole message: the causes joined, then a line per hint.
impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Words { said, hints } = self.words();
        f.write_str(&said)?;
        hints.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}

impl From<PlanError> for Failure {
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

impl From<LeaseError> for Failure {
    fn from(error: LeaseError) -> Self {
        match error {
            // A lock that cannot be taken is a failure of the machine. The error has its own hint.
            LeaseError::Lock(error) => Self::new(Kind::Machine, error),
            LeaseError::Engine(error) => error.into(),
        }
    }
}

impl From<EngineError> for Failure {
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
            | EngineError::OtherNode { .. }
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

impl From<InfraError> for Failure {
    fn from(error: InfraError) -> Self {
        let Some(engine) = error.engine_error() else {
            return Self::new(Kind::Machine, error);
        };
        // The engine's error decides kind and hints; the message says for which container.
        let Self { kind, hints, .. } = Self::from(engine.clone());
        hints.into_iter().fold(Self::new(kind, error), Self::hint)
    }
}

/// The error of an image that cannot be used, with its exit code: the engine's, a wrong name or definition,
/// or this machine's.
impl From<ImageError> for Failure {
    fn from(error: ImageError) -> Self {
        if let ImageError::Engine { source: source @ EngineError::Unreachable { .. }, .. } = &error
        {
            let Failure { kind, hints, .. } = Failure::from(source.clone());
            return hints.into_iter().fold(Failure::new(kind, error), Failure::hint);
        }
        let usage = matches!(error, ImageError::Unknown { .. } | ImageError::Manifest { .. });
        let hints = registry_hints(&error);
        let error = Failure::new(if usage { Kind::Usage } else { Kind::Machine }, error);
        hints.into_iter().fold(error, Failure::hint)
    }
}

/// What the engine's own words hint at where the registry of this machine does not start.
fn registry_hints(error: &ImageError) -> Vec<String> {
    match error {
        ImageError::Registry(error) => {
            let engine = error.engine_error();
            engine.map(|error| Failure::from(error.clone()).hints).unwrap_or_default()
        }
        ImageError::Several { errors, .. } => errors.iter().flat_map(registry_hints).collect(),
        ImageError::File { .. }
        | ImageError::Manifest { .. }
        | ImageError::Unknown { .. }
        | ImageError::NotBuilt { .. }
        | ImageError::Differs { .. }
        | ImageError::Base { .. }
        | ImageError::Engine { .. }
        | ImageError::Command { .. }
        | ImageError::Lock(_) => Vec::new(),
    }
}

impl From<HistoryError> for Failure {
    fn from(error: HistoryError) -> Self {
        match error {
            HistoryError::Version { .. } => Self::new(Kind::Machine, error),
            HistoryError::Foreign { .. } => {
                Self::new(Kind::Machine, error).hint("name another folder with --state DIR")
            }
            HistoryError::Events(_) | HistoryError::NoRun { .. } | HistoryError::Open { .. } => {
                Self::usage(error)
            }
            HistoryError::Sqlite { .. } | HistoryError::Io { .. } => Self::of_file(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Owner;

    use super::*;

    #[test]
    fn a_missing_engine_is_a_kind_of_its_own_and_has_a_hint() {
        let (endpoint, message) = ("/run/docker.sock".into(), "no such file".into());
        let error = Failure::from(EngineError::Unreachable { endpoint, message });
        assert_eq!(error.kind, Kind::Engine);
        assert!(error.to_string().contains("\nhint: `cc-ci doctor`"));
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
        let fault = Failure::message(kind, "no").fault();
        assert_eq!(fault.map(|fault| fault.origin().0), owner);
    }

    #[test]
    fn a_full_disk_is_told() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let error = Failure::new(Kind::Machine, full).context("make a folder");
        assert!(matches!(error.fault(), Some(Fault::NodeExhausted { .. })), "{:?}", error.fault());
    }

    #[test]
    fn a_taken_port_names_the_port_and_the_way_out() {
        let error = EngineError::PortTaken { port: 5055, message: "in use".into() };
        let error = Failure::from(error);
        assert_eq!(error.kind, Kind::Machine);
        assert!(
            error.to_string().contains("5055") && error.to_string().contains("--registry-port")
        );
    }
}
