//! What happened, in the order in which it happened.
//!
//! A run writes one [`Record`](crate::Record) per line to `events.jsonl`. Everything a report says is a
//! function of these records and of the evidence they point to.
//!
//! No type here denies unknown fields: a newer minor version may add some. The journal's reader finds them and
//! refuses those that no newer version explains.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    CheckId, EvidenceRef, Facts, Fault, Leg, Observed, Outcome, RecipeName, RunId, Stalls, Tier,
    UnitHead, UnitId, Version, VolumeCoverage,
};

/// Old or new side of an upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The version the upgrade starts from.
    Base,
    /// The version under test.
    Head,
}

/// A place where what ran is not exactly what the recipe says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adaptation {
    /// VIP endpoints became `dnsrr`, because the kernel has no IPVS.
    EndpointMode,
    /// An image was replaced by one that is built here.
    Image,
    /// A network was made attachable for the gateway.
    Network,
    /// A port is published on the task's node and not through the routing mesh, which needs IPVS.
    Port,
    /// Old tasks stop before new ones start, because both cannot hold one port of the node.
    UpdateOrder,
    /// A limit was added where the recipe names none, or lowered to a ceiling.
    Limit,
}

/// How much a check that held says about the app.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Proves {
    /// A step of the harness was carried out; nothing about the app.
    #[default]
    Step,
    /// Something answers: a status code, an open port.
    Answer,
    /// It answers as only the app does: content, its own protocol.
    Behaviour,
    /// Data is where and as it has to be.
    Data,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A run began.
    RunStarted {
        /// The run.
        run: RunId,
        /// Version of the harness.
        harness: String,
        /// Name of the backlog phase.
        phase: String,
        /// Engine and machine: `engine`, `api`, `kernel`, `endpoint_mode`, …
        node: BTreeMap<String, String>,
        /// The units that were asked for, in their order.
        units: Vec<UnitHead>,
    },
    /// Which program carries the run out.
    ProgramKnown {
        /// The commit that it was built from.
        commit: Option<String>,
        /// SHA-256 of its binary.
        sha256: Option<String>,
    },
    /// The files that a unit is made of.
    FilesRead {
        /// The unit.
        unit: UnitId,
        /// SHA-256 of each: `recipe/<version>/…` of the versions that are deployed, `suites/…` of its suite.
        files: BTreeMap<String, String>,
    },
    /// A unit that was asked for cannot even be planned.
    UnitRefused {
        /// Its recipe.
        recipe: RecipeName,
        /// The version asked for, as far as known.
        version: Option<Version>,
        /// Why.
        outcome: Outcome,
    },
    /// Something failed that belongs to no recipe: the engine or the machine of the run. In a record of an
    /// attempt it also says that what failed in that attempt proves nothing.
    RunFailed {
        /// Why.
        fault: Fault,
    },
    /// An attempt at a unit cannot begin yet.
    UnitWaits {
        /// What the attempt waits for: something that another unit or process holds.
        on: String,
    },
    /// The unit, or a leg of it, is not begun: the run has no time left, or ends with its first red unit.
    NotBegun {
        /// Why.
        reason: String,
    },
    /// An attempt at a unit began.
    UnitStarted {
        /// True when nothing else runs on the node.
        isolated: bool,
    },
    /// What runs differs from what the recipe says.
    Adapted {
        /// In which respect.
        what: Adaptation,
        /// The service or network concerned.
        object: String,
        /// What the recipe says.
        from: String,
        /// What runs.
        to: String,
        /// Why.
        reason: String,
    },
    /// An image is on the node.
    ImageReady {
        /// As the recipe names it.
        reference: String,
        /// As it runs: `name@sha256:…`.
        digest: String,
        /// Milliseconds it took; 0 when the image was there already.
        millis: u64,
    },
    /// A tier began.
    TierStarted {
        /// The tier.
        tier: Tier,
    },
    /// What is waited for changed.
    Waiting {
        /// The tier.
        tier: Tier,
        /// What is waited for.
        on: String,
    },
    /// The stack was sent to the engine.
    Deployed {
        /// Which side of the upgrade.
        side: Side,
        /// Its version.
        version: Version,
        /// The specification as sent.
        evidence: EvidenceRef,
    },
    /// All services run and stay.
    Converged {
        /// Which side of the upgrade.
        side: Side,
        /// Milliseconds since the deploy was sent.
        millis: u64,
        /// Milliseconds from the engine's own time stamp on the event that made the stack complete to the
        /// moment when the stack was judged complete; `None` where no event was needed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        noticed_millis: Option<u64>,
    },
    /// Tasks were killed on purpose.
    TasksKilled {
        /// The tier that did it.
        tier: Tier,
        /// Their services, by compose name.
        services: Vec<String>,
    },
    /// Swarm stopped a task, which did not end within its grace period and was killed.
    KilledAtStop {
        /// Its service, by compose name.
        service: String,
        /// The grace period in seconds.
        seconds: u64,
    },
    /// A killed run is resumed. Attempts that had not ended are void: their stacks were removed.
    Resumed {
        /// Units that had ended and are not tried again.
        ended: Vec<UnitId>,
        /// Units that had begun and begin again from their first tier.
        again: Vec<UnitId>,
    },
    /// What past runs say about a leg. The schedule uses it.
    Predicted {
        /// The unit.
        unit: UnitId,
        /// Its leg.
        leg: Leg,
        /// Milliseconds that it will take.
        millis: u64,
        /// The most memory that its containers had at once, in bytes; `None` where it was never measured.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        memory_bytes: Option<u64>,
        /// How many past runs say so.
        runs: u64,
    },
    /// The stalls above which the node counts as in trouble, from past attempts in which everything passed.
    /// They are thousandths of a window of time.
    TroubleKnown {
        /// The limits.
        from: Stalls,
    },
    /// The most memory that the containers of a leg had at once.
    MemoryPeak {
        /// Bytes.
        bytes: u64,
        /// How many containers had it.
        containers: u64,
    },
    /// The stalls that nine tenths of the seconds of an attempt did not exceed, in thousandths of a second.
    NodeStalled {
        /// The bounds.
        stalls: Stalls,
    },
    /// A time limit became longer, because the node was stalled while it ran.
    LimitStretched {
        /// What was waited for.
        what: String,
        /// The limit on a node that is not stalled, in seconds.
        limit_seconds: u64,
        /// How long the node was stalled until the limit was stretched, in seconds.
        stalled_seconds: u64,
        /// What the limit can become at most, in seconds.
        most_seconds: u64,
    },
    /// A declaration of a suite is wrong.
    StaleDeclaration {
        /// The declaration, as it stands in the suite: `expected_na.backup`.
        declaration: String,
        /// What was found instead.
        reason: String,
    },
    /// A rule of the lint says something about the version under test.
    LintFound {
        /// The rule's id.
        rule: String,
        /// The rule's name in words: `traefik-port`.
        name: String,
        /// File, line and what was found.
        message: String,
        /// The keys that lead there: `services.app.deploy.labels`; may be empty.
        key: String,
        /// What to do about it.
        fix: String,
    },
    /// The volumes of the stack, compared with the snapshot.
    Covered {
        /// Each volume.
        volumes: Vec<VolumeCoverage>,
    },
    /// A task of a service failed.
    TaskFailed {
        /// The service.
        service: String,
        /// The task.
        task: String,
        /// Its state: `failed`, `rejected`, …
        state: String,
        /// Exit code, where a process ran.
        exit_code: Option<i64>,
        /// The engine's own words.
        error: String,
    },
    /// Swarm finished with an update of a service.
    UpdateSettled {
        /// The service.
        service: String,
        /// `completed`, `paused`, `rollback_completed`, …
        state: String,
        /// Swarm's own words.
        message: String,
    },
    /// Canary data was written.
    CanaryWritten {
        /// The tier that needs it.
        tier: Tier,
        /// The store, by name.
        store: String,
        /// Key of the data.
        key: String,
        /// True for data that a restore has to take away.
        negative: bool,
    },
    /// A store holds no canary data.
    CanarySkipped {
        /// The tier that would need it.
        tier: Tier,
        /// The store, by name.
        store: String,
        /// Why.
        reason: String,
    },
    /// A hook of the recipe ran.
    HookRan {
        /// The service.
        service: String,
        /// The hook's label.
        hook: String,
        /// Its exit code.
        exit_code: i64,
        /// Its output.
        evidence: Option<EvidenceRef>,
    },
    /// A snapshot was taken.
    Snapshot {
        /// Its id in the repository.
        id: String,
        /// Files in it.
        files: u64,
        /// Bytes in it.
        bytes: u64,
        /// Volumes in it, by compose name.
        volumes: Vec<String>,
    },
    /// Something was captured.
    Captured {
        /// Where it lies.
        evidence: EvidenceRef,
    },
    /// What the check that is written down next expected and saw.
    Observed {
        /// Its tier.
        tier: Tier,
        /// Its stable name.
        check: CheckId,
        /// All that its outcome is made of.
        observed: Box<Observed>,
    },
    /// The facts that the check which is written down next required and found.
    Compared {
        /// Its tier.
        tier: Tier,
        /// Its stable name.
        check: CheckId,
        /// All that its outcome is made of.
        facts: Box<Facts>,
    },
    /// A check was tried.
    CheckFinished {
        /// Its tier.
        tier: Tier,
        /// Its stable name.
        check: CheckId,
        /// Its outcome.
        outcome: Outcome,
        /// Duration.
        millis: u64,
        /// How much it says about the app where it passed.
        #[serde(default)]
        proves: Proves,
        /// Facts captured with it.
        evidence: Vec<EvidenceRef>,
    },
    /// A tier ended; `Passed` only if it had at least one check and every one passed.
    TierFinished {
        /// The tier.
        tier: Tier,
        /// Its outcome.
        outcome: Outcome,
        /// Duration.
        millis: u64,
    },
    /// An attempt at a unit ended.
    UnitFinished {
        /// Duration.
        millis: u64,
        /// Deploys that were counted.
        deploys: u32,
        /// Objects that were still there at the end, kind and name.
        left: Vec<String>,
        /// True when the user cancelled it.
        cancelled: bool,
    },
    /// Values that look like secrets and are written as they stand, because they are too weak to be told
    /// from ordinary words.
    LeftVisible {
        /// Their names, each with the reason.
        names: Vec<String>,
    },
    /// An event could not be cleaned of secrets and was not written.
    Withheld {
        /// Its kind.
        what: String,
        /// Why it could not be cleaned.
        reason: String,
    },
    /// Everything that was written was read back and searched for the run's secrets.
    SecretsScanned {
        /// Number of values that were looked for.
        values: usize,
        /// Number of files that were read.
        files: usize,
        /// Files that hold one, relative to the run's folder.
        hits: Vec<String>,
        /// Files and folders that could not be read. They were not searched.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unread: Vec<String>,
    },
    /// The run ended.
    RunFinished {
        /// Duration.
        millis: u64,
        /// True when the user cancelled it.
        cancelled: bool,
    },
    /// The event was taken out after it was written. The tree over the records still holds, since it is a tree
    /// over the hashes of events.
    Removed {
        /// SHA-256 of the event, hexadecimal.
        sha256: String,
        /// Why it was taken out.
        reason: String,
    },
    /// A piece of evidence was taken out after it was written.
    EvidenceRemoved {
        /// Its name: SHA-256 of its content, hexadecimal.
        sha256: String,
        /// Why it was taken out.
        reason: String,
    },
    /// A kind that a newer minor version added, as it was read. It is never written.
    #[serde(skip)]
    Unknown {
        /// Its kind.
        kind: String,
        /// The whole event, as JSON.
        json: String,
    },
}
