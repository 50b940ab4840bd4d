//! `cc-ci report`

use std::path::Path;

use cc_ci_journal::Events;
use cc_ci_report::Run;
use cc_ci_session::{Failure, run_folder, write_reports};

use super::Context;
use super::units::conclude;
use crate::args::Report;

pub(super) fn run(context: &Context<'_>, args: &Report) -> Result<u8, Failure> {
    let folder = run_folder(context.session.settings, &args.run)?;
    let run = read(&folder)?;
    let out = args.output.out.clone().unwrap_or_else(|| folder.clone());
    let docs = args.output.docs.clone().unwrap_or_else(|| out.clone());
    let reports = write_reports(&run, (&out, &docs), None)?;
    Ok(conclude(context, &run, &reports, args.output.fail_on_flake))
}

/// The run as its journal has it, with the number of records that hold more than this version knows.
fn read(folder: &Path) -> Result<Run, Failure> {
    let (mut records, mut fields) = (Vec::new(), 0);
    for line in Events::open(&folder.join("events.jsonl")).map_err(Failure::usage)? {
        let line = line.map_err(Failure::usage)?;
        fields += usize::from(!line.foreign.is_empty());
        records.push(line.record);
    }
    let mut run = Run::from_records(&records).map_err(Failure::bug)?;
    run.foreign.fields = fields;
    Ok(run)
}
