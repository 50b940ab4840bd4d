//! An attempt with everything that happened in it.

use cc_ci_classify::Attempt;
use cc_ci_model::{Adaptation, Event, EvidenceRef, Tier, VolumeCoverage};

/// A place where what ran is not exactly what the recipe says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Adapted {
    /// In which respect.
    pub what: Adaptation,
    /// The service or network concerned.
    pub object: String,
    /// What the recipe says.
    pub from: String,
    /// What ran.
    pub to: String,
    /// Why.
    pub reason: String,
}

/// An image that was used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageUsed {
    /// As the recipe names it.
    pub reference: String,
    /// As it ran: `name@sha256:…`.
    pub digest: String,
}

/// Canary data, or why a store holds none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Canary {
    /// The tier that needs it.
    pub tier: Tier,
    /// The store, by name.
    pub store: String,
    /// Why the store holds none; `None` where data was written.
    pub skipped: Option<String>,
    /// True for data that a restore has to take away.
    pub negative: bool,
}

/// A snapshot that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotTaken {
    /// Its id in the repository.
    pub id: String,
    /// Files in it.
    pub files: u64,
    /// Bytes in it.
    pub bytes: u64,
    /// Volumes in it, by compose name.
    pub volumes: Vec<String>,
}

/// Something a suite declares that is not so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stale {
    /// The declaration, as it stands in the suite: `expected_na.backup`.
    pub declaration: String,
    /// What is so instead.
    pub reason: String,
}

/// A time limit that became longer because the node was stalled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stretch {
    /// What was waited for.
    pub what: String,
    /// The limit on a node that is not stalled, in seconds.
    pub limit_seconds: u64,
    /// How long the node was stalled until the limit was stretched, in seconds.
    pub stalled_seconds: u64,
    /// What the limit can become at most, in seconds.
    pub most_seconds: u64,
}

impl Stretch {
    /// What a [`Event::LimitStretched`] says.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        let Event::LimitStretched { what, limit_seconds, stalled_seconds, most_seconds } = event
        else {
            return None;
        };
        let (limit_seconds, stalled_seconds) = (*limit_seconds, *stalled_seconds);
        Some(Self {
            what: what.clone(),
            limit_seconds,
            stalled_seconds,
            most_seconds: *most_seconds,
        })
    }
}

/// An attempt with everything that happened in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptView {
    /// Its tiers, checks and end.
    pub facts: Attempt,
    /// Where it differed from the recipe.
    pub adaptations: Vec<Adapted>,
    /// The images that it used.
    pub images: Vec<ImageUsed>,
    /// Its canary data.
    pub canaries: Vec<Canary>,
    /// Its snapshots.
    pub snapshots: Vec<SnapshotTaken>,
    /// Its volumes, as they were last held against the snapshot.
    pub volumes: Vec<VolumeCoverage>,
    /// What the suite declares and is not so.
    pub stale: Vec<Stale>,
    /// Services that were killed at the end of their grace period, with its seconds.
    pub killed_at_stop: Vec<(String, u64)>,
    /// Time limits that became longer because the node was stalled.
    pub stretched: Vec<Stretch>,
    /// What was kept beside its checks: specifications as sent, outputs of hooks, captures.
    pub evidence: Vec<EvidenceRef>,
}

impl AttemptView {
    pub(super) fn new(facts: Attempt) -> Self {
        Self {
            facts,
            adaptations: Vec::new(),
            images: Vec::new(),
            canaries: Vec::new(),
            snapshots: Vec::new(),
            volumes: Vec::new(),
            stale: Vec::new(),
            killed_at_stop: Vec::new(),
            stretched: Vec::new(),
            evidence: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, event: &Event) {
        match event.clone() {
            Event::Adapted { what, object, from, to, reason } => {
                once(&mut self.adaptations, Adapted { what, object, from, to, reason });
            }
            Event::ImageReady { reference, digest, .. } => {
                once(&mut self.images, ImageUsed { reference, digest });
            }
            Event::CanaryWritten { tier, store, negative, .. } => {
                once(&mut self.canaries, Canary { tier, store, skipped: None, negative });
            }
            Event::CanarySkipped { tier, store, reason } => {
                let skipped = Some(reason);
                once(&mut self.canaries, Canary { tier, store, skipped, negative: false });
            }
            Event::Snapshot { id, files, bytes, volumes } => {
                self.snapshots.push(SnapshotTaken { id, files, bytes, volumes });
            }
            Event::Covered { volumes } => self.volumes = volumes,
            Event::StaleDeclaration { declaration, reason } => {
                once(&mut self.stale, Stale { declaration, reason });
            }
            Event::KilledAtStop { service, seconds } => {
                once(&mut self.killed_at_stop, (service, seconds));
            }
            Event::LimitStretched { .. } => {
                if let Some(stretch) = Stretch::of(event) {
                    once(&mut self.stretched, stretch);
                }
            }
            Event::Deployed { evidence, .. }
            | Event::Captured { evidence }
            | Event::HookRan { evidence: Some(evidence), .. } => {
                once(&mut self.evidence, evidence);
            }
            Event::RunStarted { .. }
            | Event::UnitRefused { .. }
            | Event::RunFailed { .. }
            | Event::UnitWaits { .. }
            | Event::NotBegun { .. }
            | Event::UnitStarted { .. }
            | Event::TierStarted { .. }
            | Event::Waiting { .. }
            | Event::Resumed { .. }
            | Event::Predicted { .. }
            | Event::TroubleKnown { .. }
            | Event::MemoryPeak { .. }
            | Event::NodeStalled { .. }
            | Event::Converged { .. }
            | Event::TasksKilled { .. }
            | Event::TaskFailed { .. }
            | Event::LintFound { .. }
            | Event::UpdateSettled { .. }
            | Event::HookRan { evidence: None, .. }
            | Event::CheckFinished { .. }
            | Event::TierFinished { .. }
            | Event::UnitFinished { .. }
            | Event::LeftVisible { .. }
            | Event::Withheld { .. }
            | Event::SecretsScanned { .. }
            | Event::RunFinished { .. }
            | Event::Observed { .. }
            | Event::Compared { .. }
            | Event::ProgramKnown { .. }
            | Event::FilesRead { .. }
            | Event::Removed { .. }
            | Event::EvidenceRemoved { .. }
            | Event::Unknown { .. } => {}
        }
    }
}

/// An upgrade says the same adaptation for both of its sides; a reader needs it once.
fn once<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
