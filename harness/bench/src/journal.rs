//! What a large run costs: its records written, folded, reported and verified.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use cc_ci_journal::{Journal, SystemClock, read_events};
use cc_ci_model::{CheckId, Event, Outcome, Proves, RunId, StackName, Tier, UnitHead, UnitId};
use cc_ci_report::{Run, Target, write_all};
use cc_ci_session::{Failure, Kind};
use cc_ci_verify::verify;
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::peak::peak_megabytes;

/// At most so many seconds of CPU until the reports are there. The time on the wall depends on the disk, which
/// confirms the end of each unit.
const SECONDS: f64 = 2.0;
/// At most so many MB resident at the highest until then.
const MEGABYTES: f64 = 80.0;
/// At least so many checks are verified in a second of CPU.
const VERIFIED: f64 = 1_000.0;
/// Records of one unit.
const PER_UNIT: usize = 1_000;
/// Checks of one tier; each is a wait and a check.
const CHECKS: usize = 165;

/// What was measured. Times are of CPU unless they say otherwise.
#[derive(Debug, Serialize)]
pub struct JournalCost {
    /// `release`, or `debug`, whose numbers say little.
    build: &'static str,
    records: usize,
    checks: usize,
    write_seconds: f64,
    fold_seconds: f64,
    report_seconds: f64,
    seconds: f64,
    wall_seconds: f64,
    peak_megabytes: f64,
    verify_seconds: f64,
    verified_per_second: f64,
    /// True where each goal is met.
    pub met: bool,
}

/// Writes about so many records, folds them, makes every report and verifies the folder.
///
/// # Errors
/// The machine's, or a bug of the journal.
pub fn journal(records: usize) -> Result<JournalCost, Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::new(Kind::Machine, error))?;
    let folder = folder.path();
    let (begun, units) = (Instant::now(), heads(records)?);
    let (records, write_seconds) = timed(|| write(folder, &units))?;
    // The records are dropped once they are folded, as in `cc-ci report`.
    let (run, fold_seconds) = timed(|| {
        let read = read_events(&folder.join("events.jsonl")).map_err(Failure::bug)?;
        Run::from_records(&read).map_err(Failure::bug)
    })?;
    let target = Target { out: folder, docs: folder };
    let ((), report_seconds) = timed(|| write_all(target, &run).map(drop).map_err(Failure::bug))?;
    drop(run);
    let (peak_megabytes, wall_seconds) = (peak_megabytes()?, begun.elapsed().as_secs_f64());
    let (verified, verify_seconds) = timed(|| verify(folder).map_err(Failure::bug))?;
    if !verified.equal {
        return Err(Failure::bug(std::io::Error::other(verified.to_string())));
    }
    let seconds = write_seconds + fold_seconds + report_seconds;
    let checks = verified.counts.checks;
    let verified_per_second = checks as f64 / verify_seconds;
    let met = seconds <= SECONDS && peak_megabytes <= MEGABYTES && verified_per_second >= VERIFIED;
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    Ok(JournalCost {
        build,
        records,
        checks,
        write_seconds,
        fold_seconds,
        report_seconds,
        seconds,
        wall_seconds,
        peak_megabytes,
        verify_seconds,
        verified_per_second,
        met,
    })
}

/// The answer of `work`, and the seconds of CPU that it took.
fn timed<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<(T, f64), Failure> {
    let now = || {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    };
    let begun = now();
    Ok((work()?, now() - begun))
}

impl JournalCost {
    /// For a reader.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { build, records, checks, write_seconds, fold_seconds, report_seconds, .. } = self;
        format!(
            "{records} records ({build} build): written in {write_seconds:.2} s, folded in {fold_seconds:.2} s, \
             reported in {report_seconds:.2} s of CPU\n\
             {:.2} s of CPU ({:.2} s on the wall) and {:.0} MB at the highest, {checks} checks verified at {:.0} a \
             second, goal ≤ {SECONDS} s, ≤ {MEGABYTES} MB and ≥ {VERIFIED} a second {}\n",
            self.seconds,
            self.wall_seconds,
            self.peak_megabytes,
            self.verified_per_second,
            if self.met { "met" } else { "missed" },
        )
    }
}

fn heads(records: usize) -> Result<Vec<UnitHead>, Failure> {
    (0..records.div_ceil(PER_UNIT))
        .map(|number| {
            let name = format!("app{number}");
            let version = cc_ci_model::Version::new("1.0.0+1").map_err(Failure::bug)?;
            Ok(UnitHead {
                unit: UnitId::new(format!("{name}@{version}")).map_err(Failure::bug)?,
                recipe: cc_ci_model::RecipeName::slug(&name),
                version,
                commit: None,
                release: true,
                base: None,
                base_commit: None,
                base_reason: "there is no older version".to_owned(),
                stack: StackName::new(format!("app-{number:06}")).map_err(Failure::bug)?,
                deploys: 1,
                asked: name.clone(),
                tiers: vec![Tier::Deploy, Tier::Custom, Tier::Teardown],
                rerun: format!("cc-ci rerun {name}"),
                inputs_sha256: "0".repeat(64),
            })
        })
        .collect()
}

/// Writes a green run of these units; the answer is the number of its records.
fn write(folder: &Path, units: &[UnitHead]) -> Result<usize, Failure> {
    let clock = Arc::new(SystemClock);
    let journal = Journal::create(folder, clock, None, CancellationToken::new());
    let journal = journal.map_err(Failure::usage)?;
    let started = Event::RunStarted {
        run: RunId::new("bench").map_err(Failure::bug)?,
        harness: env!("CARGO_PKG_VERSION").to_owned(),
        phase: "bench".to_owned(),
        node: std::collections::BTreeMap::new(),
        units: units.to_vec(),
    };
    journal.write(None, 0, started);
    for head in units {
        let say = |event| journal.write(Some(&head.unit), 1, event);
        say(Event::UnitStarted { isolated: false });
        for tier in [Tier::Deploy, Tier::Custom, Tier::Teardown] {
            say(Event::TierStarted { tier });
            for number in 0..CHECKS {
                say(Event::Waiting { tier, on: format!("app 0/1, look {number}") });
                let check = CheckId::slug(&format!("check_{number}"));
                let (outcome, proves, evidence) = (Outcome::Passed, Proves::Data, Vec::new());
                say(Event::CheckFinished { tier, check, outcome, millis: 7, proves, evidence });
            }
            say(Event::TierFinished { tier, outcome: Outcome::Passed, millis: 100 });
        }
        say(Event::UnitFinished { millis: 1, deploys: 1, left: Vec::new(), cancelled: false });
    }
    journal.write(None, 0, Event::RunFinished { millis: 1, cancelled: false });
    match journal.take_error() {
        Some(error) => Err(Failure::usage(error)),
        None => Ok(journal.read(<[_]>::len)),
    }
}
