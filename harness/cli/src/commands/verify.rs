//! `cc-ci verify`

use cc_ci_session::{Failure, run_folder};
use cc_ci_verify::verify;

use super::Context;
use crate::args::Verify;
use crate::exit::DIFFERENT;

pub(super) fn run(context: &Context<'_>, args: &Verify) -> Result<u8, Failure> {
    let folder = run_folder(context.session.settings, &args.run)?;
    let verified = verify(&folder).map_err(Failure::usage)?;
    context.printer.data(&verified, &verified.to_string());
    Ok(if verified.equal { 0 } else { DIFFERENT })
}
