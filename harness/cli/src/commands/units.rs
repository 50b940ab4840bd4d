//! What run, rerun, nightly and report have in common: carrying out, and printing the summary.

use cc_ci_model::Record;
use cc_ci_report::{Places, Run, exit, summary};
use cc_ci_session::{Ended, Failure, Job, Reports};

use super::Context;

/// Carries out the job and prints its summary; the answer is the exit code, with what happened.
pub(super) async fn carry_out(
    context: &Context<'_>,
    job: Job,
    fail_on_flake: bool,
) -> Result<(u8, Vec<Record>), Failure> {
    let Ended { records, run, reports } = context.session.carry_out(job).await?;
    Ok((conclude(context, &run, &reports, fail_on_flake), records))
}

/// Prints the summary of a run; the answer is the exit code.
pub(super) fn conclude(
    context: &Context<'_>,
    run: &Run,
    reports: &Reports,
    fail_on_flake: bool,
) -> u8 {
    let Reports { out, backlog, results } = reports;
    let places = Places { out, backlog, listed: context.printer.is_logging() };
    context.printer.data(results, &summary(run, places));
    exit(run, fail_on_flake).code()
}
