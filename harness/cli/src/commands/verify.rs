//! `cc-ci verify`

use cc_ci_verify::verify;

use super::Context;
use super::units::run_folder;
use crate::args::Verify;
use crate::error::CliError;

/// The exit code of a folder that is not what it was recomputed to be.
const DIFFERENT: u8 = 14;

pub(super) fn run(context: &Context<'_>, args: &Verify) -> Result<u8, CliError> {
    let folder = run_folder(context.settings, &args.run)?;
    let verified = verify(&folder).map_err(CliError::usage)?;
    context.printer.data(&verified, &verified.to_string());
    Ok(if verified.equal { 0 } else { DIFFERENT })
}
