//! What a measurement needs of the program around it.

use std::path::Path;

use cc_ci_plan::{Planner, Reboot};
use cc_ci_session::{Failure, Kind, Session};

/// What a measurement needs of the program around it.
pub struct Ground<'a> {
    /// The machine and its settings; cancelled when the user breaks the measurement off.
    pub session: &'a Session<'a>,
    /// Plans units.
    pub planner: Planner<'a>,
    /// Says how far the measurement is.
    pub talk: &'a (dyn Fn(&str) + Send + Sync),
}

impl<'a> Ground<'a> {
    /// A checkout of the project, for what is not part of the program.
    pub(crate) fn checkout(&self) -> Result<&'a Path, Failure> {
        self.session.settings.catalogue.root().given().ok_or_else(|| {
            let message = "no folder with recipes/ and suites/ here or above";
            Failure::message(Kind::Usage, message)
                .hint("change into a checkout of cc-ci, or name one with --root DIR")
        })
    }

    /// True where the engine's daemon may be restarted.
    pub(crate) fn restarts_daemon(&self) -> bool {
        self.planner.reboot != Reboot::Forbidden
    }
}
