//! `cc-ci bench`

use super::Context;
use crate::args::Bench;
use crate::error::CliError;

pub(super) async fn run(_context: &Context<'_>, args: &Bench) -> Result<u8, CliError> {
    let Bench::Lifecycle { rounds: _ } = args;
    Err(CliError::message(crate::error::Kind::Bug, "bench follows"))
}
