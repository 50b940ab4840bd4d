//! What a run tells the shell.

use cc_ci_classify::End;
use cc_ci_model::Class;

use crate::{Run, UnitOutcome};

/// What a run tells the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was asked for was proven; flakes are allowed.
    Green,
    /// At least one recipe's maintainer must act.
    Recipe,
    /// The harness or its machine must be mended, or it did not do what was asked.
    Harness,
    /// Something is red and nobody knows whose it is.
    Undetermined,
    /// Only flakes, and the caller does not allow them.
    Flake,
    /// The run was broken off.
    Cancelled,
}

impl Exit {
    /// The process's exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Green => 0,
            Self::Recipe => 10,
            Self::Harness => 11,
            Self::Undetermined => 12,
            Self::Flake => 13,
            // 128 + SIGINT, as a shell would say.
            Self::Cancelled => 130,
        }
    }
}

/// What the run tells the shell: cancelled before all; then harness, recipe, undetermined, flake.
///
/// A run without units and a unit that was not tried to its end are the harness's failure to prove
/// what was asked. A unit that was never green as a whole although each of its failures passed
/// for a flake is undetermined.
#[must_use]
pub fn exit(run: &Run, fail_on_flake: bool) -> Exit {
    if run.end != End::Finished {
        return Exit::Cancelled;
    }
    let unproven = |unit: &crate::Unit| match unit.outcome {
        UnitOutcome::Passed | UnitOutcome::Failed { .. } => false,
        UnitOutcome::NotRun { .. } => true,
    };
    let never_green = |unit: &crate::Unit| {
        unit.outcome != UnitOutcome::Passed
            && unit.cases.iter().all(|case| case.verdict.class == Class::Flake)
    };
    if run.units.is_empty() || run.units.iter().any(unproven) || run.count(Class::Harness) > 0 {
        Exit::Harness
    } else if run.count(Class::Recipe) > 0 {
        Exit::Recipe
    } else if run.count(Class::Undetermined) > 0 || run.units.iter().any(never_green) {
        Exit::Undetermined
    } else if fail_on_flake && run.count(Class::Flake) > 0 {
        Exit::Flake
    } else {
        Exit::Green
    }
}
