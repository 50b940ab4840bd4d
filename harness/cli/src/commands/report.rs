//! `cc-ci report`

use std::path::Path;

use cc_ci_journal::Events;
use cc_ci_report::Run;

use super::Context;
use super::units::{self, run_folder};
use crate::args::Report;
use crate::error::CliError;

pub(super) fn run(context: &Context<'_>, args: &Report) -> Result<u8, CliError> {
    let folder = run_folder(context.settings, &args.run)?;
    let run = read(&folder)?;
    let out = args.output.out.clone().unwrap_or_else(|| folder.clone());
    let docs = args.output.docs.clone().unwrap_or_else(|| out.clone());
    units::report(context, &run, (&out, &docs), args.output.fail_on_flake, None)
}

/// The run as its journal has it, with the number of records that hold more than this version knows.
fn read(folder: &Path) -> Result<Run, CliError> {
    let (mut records, mut fields) = (Vec::new(), 0);
    for line in Events::open(&folder.join("events.jsonl")).map_err(CliError::usage)? {
        let line = line.map_err(CliError::usage)?;
        fields += usize::from(!line.foreign.is_empty());
        records.push(line.record);
    }
    let mut run = Run::from_records(&records).map_err(CliError::bug)?;
    run.foreign.fields = fields;
    Ok(run)
}
