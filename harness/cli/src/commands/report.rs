//! `cc-ci report`

use super::Context;
use super::units::{self, records_of, run_folder};
use crate::args::Report;
use crate::error::CliError;

pub(super) fn run(context: &Context<'_>, args: &Report) -> Result<u8, CliError> {
    let folder = run_folder(context.settings, &args.run)?;
    let records = records_of(&folder)?;
    let out = args.output.out.clone().unwrap_or_else(|| folder.clone());
    let docs = args.output.docs.clone().unwrap_or_else(|| out.clone());
    units::report(context, &records, (&out, &docs), args.output.fail_on_flake, None)
}
