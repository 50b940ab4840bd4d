//! What a large run costs: its records written, read, folded and reported.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use cc_ci_journal::{Journal, SystemClock, read_events};
use cc_ci_model::{CheckId, Event, Outcome, Proves, RunId, StackName, Tier, UnitHead, UnitId};
use cc_ci_report::{Run, rendered};
use cc_ci_session::{Failure, Kind};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::peak::peak_megabytes;

/// At most so many seconds.
const SECONDS: f64 = 2.0;
/// At most so many MB resident at the highest.
const MEGABYTES: f64 = 80.0;
/// Records of one unit.
const PER_UNIT: usize = 1_000;
/// Checks of one tier; each is a wait and a check.
const CHECKS: usize = 165;

/// What was measured.
#[derive(Debug, Serialize)]
pub struct JournalCost {
    /// `release`, or `debug`, whose numbers say little.
    build: &'static str,
    records: usize,
    write_seconds: f64,
    read_seconds: f64,
    report_seconds: f64,
    seconds: f64,
    peak_megabytes: f64,
    /// True where the goal is met.
    pub met: bool,
}

/// Writes about so many records, reads them back, and makes every report.
///
/// # Errors
/// The machine's, or a bug of the journal.
pub fn journal(records: usize) -> Result<JournalCost, Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::new(Kind::Machine, error))?;
    let (begun, units) = (Instant::now(), heads(records)?);
    let records = write(folder.path(), &units)?;
    let write_seconds = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let read = read_events(&folder.path().join("events.jsonl")).map_err(Failure::bug)?;
    let read_seconds = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let run = Run::from_records(&read).map_err(Failure::bug)?;
    rendered(&run).map_err(Failure::bug)?;
    let report_seconds = begun.elapsed().as_secs_f64();
    let seconds = write_seconds + read_seconds + report_seconds;
    let peak_megabytes = peak_megabytes()?;
    let met = seconds <= SECONDS && peak_megabytes <= MEGABYTES;
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    Ok(JournalCost {
        build,
        records,
        write_seconds,
        read_seconds,
        report_seconds,
        seconds,
        peak_megabytes,
        met,
    })
}

impl JournalCost {
    /// For a reader.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { build, records, write_seconds, read_seconds, report_seconds, .. } = self;
        format!(
            "{records} records ({build} build): written in {write_seconds:.2} s, read in {read_seconds:.2} s, \
             reported in {report_seconds:.2} s\n\
             {:.2} s and {:.0} MB at the highest, goal ≤ {SECONDS} s and ≤ {MEGABYTES} MB {}\n",
            self.seconds,
            self.peak_megabytes,
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
