//! Why something failed, as a type that knows who owns it.
//!
//! A fault is raised where the failure happens. It carries facts only. A deadline that passed is *not* a cause
//! and therefore has no owner.

mod operation;
mod origin;
mod printed;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::said::{also, ending, health_words};
use crate::{Said, Unread};

pub use operation::Operation;

/// Why a check, a tier or an operation failed.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    // -- the recipe, its images, the upstream app ------------------------------------------
    /// Tasks of a service fail again and again.
    #[error("service {service} crash-loops: {failures} task failures in {seconds} s, {}", ending(.exit_code, .error, .said))]
    CrashLoop {
        /// The service.
        service: String,
        /// Task failures counted in the window.
        failures: u32,
        /// Length of the window in seconds.
        seconds: u64,
        /// Exit code of the last failed task, if its process ran at all.
        exit_code: Option<i64>,
        /// The engine's own words about the last failed task.
        error: String,
        /// What its process printed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<Box<Said>>,
    },
    /// The engine refuses the tasks of a service before a process starts.
    #[error("tasks of service {service} are rejected: {error}")]
    TaskRejected {
        /// The service.
        service: String,
        /// The engine's own words.
        error: String,
    },
    /// A one-shot service ended with an error.
    #[error("one-shot service {service} ended with {}", ending(.exit_code, .error, .said))]
    OneShotFailed {
        /// The service.
        service: String,
        /// Exit code.
        exit_code: Option<i64>,
        /// The engine's own words.
        error: String,
        /// What its process printed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<Box<Said>>,
    },
    /// A service that is meant to serve ended by itself, and nothing starts it again.
    #[error(
        "service {service} ended with exit code {exit_code} and its restart policy leaves it down{}",
        also(.said)
    )]
    Ended {
        /// The service.
        service: String,
        /// Exit code.
        exit_code: i64,
        /// What its process printed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<Box<Said>>,
    },
    /// The container's health check says unhealthy and stays so.
    #[error("service {service} is unhealthy: {}{}", health_words(.output), also(.said))]
    Unhealthy {
        /// The service.
        service: String,
        /// Last output of the health check.
        output: String,
        /// What its process printed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<Box<Said>>,
    },
    /// The kernel killed the container at the memory limit that the recipe sets.
    #[error("service {service} was killed at its own memory limit of {limit_bytes} bytes")]
    MemoryLimit {
        /// The service.
        service: String,
        /// The limit in bytes.
        limit_bytes: u64,
    },
    /// A new task waits for a host port that the stack's own old task holds.
    #[error(
        "service {service} cannot be updated start-first: its own old task holds host port {port}"
    )]
    OwnPort {
        /// The service.
        service: String,
        /// The port.
        port: u16,
    },
    /// Swarm took the update back.
    #[error("swarm rolled service {service} back to the old version: {message}; {}", ending(.exit_code, .error, .said))]
    RolledBack {
        /// The service.
        service: String,
        /// The update status' own message.
        message: String,
        /// Exit code of the task that failed.
        exit_code: Option<i64>,
        /// The failing task's error.
        error: String,
        /// What its process printed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<Box<Said>>,
    },
    /// Swarm stopped the update half-way.
    #[error("swarm paused the update of service {service}: {message}; {}", ending(.exit_code, .error, .said))]
    UpdatePaused {
        /// The service.
        service: String,
        /// The update status' own message.
        message: String,
        /// Exit code of the task that failed.
        #[serde(default)]
        exit_code: Option<i64>,
        /// The failing task's error.
        error: String,
        /// What its process printed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<Box<Said>>,
    },
    /// After the upgrade a service still runs the old version.
    #[error("service {service} did not move: its version label is {found:?}, not {expected:?}")]
    NotMoved {
        /// The service.
        service: String,
        /// The head version.
        expected: String,
        /// What the label says.
        found: String,
    },
    /// Canary data is gone or changed.
    #[error("data lost in {store}: {detail}")]
    DataLost {
        /// The store, by name.
        store: String,
        /// What was written and what was found.
        detail: String,
        /// The operation that should have kept it.
        after: Operation,
    },
    /// Canary data is gone, and it lay where nothing outlives its container.
    #[error("data lost in {store}: {detail}; it lies in no volume of the stack")]
    InNoVolume {
        /// The store, by name.
        store: String,
        /// What was written and what was found.
        detail: String,
        /// The operation that replaced the container.
        after: Operation,
    },
    /// Canary data could not be looked at. It is not known whether it is there.
    #[error("data in {store} cannot be read: {detail}")]
    DataUnreadable {
        /// The store, by name.
        store: String,
        /// The words of the store, or why there are none.
        detail: String,
        /// The operation that came before.
        after: Operation,
        /// Why, as a type.
        why: Unread,
    },
    /// Data written after the backup is still there after the restore.
    #[error("the restore did not take {store} back: {detail}")]
    DataKept {
        /// The store, by name.
        store: String,
        /// What should have vanished.
        detail: String,
    },
    /// A backup or restore hook of the recipe failed.
    #[error("{hook} of service {service} ended with exit code {exit_code}: {output}")]
    HookFailed {
        /// The service.
        service: String,
        /// The hook's label.
        hook: String,
        /// Its exit code.
        exit_code: i64,
        /// Its last output.
        output: String,
    },
    /// What a pre-hook wrote is empty, cut off or missing.
    #[error("dump {path} is {defect}")]
    BadDump {
        /// Volume and path of the dump.
        path: String,
        /// What is wrong with it: `empty`, `missing`, `cut off: …`.
        defect: String,
    },
    /// The backup label contract is broken.
    #[error("backup labels: {detail}")]
    BackupLabels {
        /// What is wrong.
        detail: String,
    },
    /// Data changed while the app ran, and the backup neither holds it nor declares it out.
    #[error("volume {volume} changed during the run and is not in the snapshot: {detail}")]
    NotSaved {
        /// Compose name of the volume.
        volume: String,
        /// What changed in it.
        detail: String,
    },
    /// A killed task stays away.
    #[error("service {service} does not come back after its task was killed: {detail}")]
    NotRestarted {
        /// The service.
        service: String,
        /// Why not.
        detail: String,
    },
    /// The recipe's files break a rule whose severity is error.
    #[error("{rule}: {message}")]
    RuleBroken {
        /// The rule's id.
        rule: String,
        /// What was found, with file and line.
        message: String,
    },
    /// The edge answers, but not with the app.
    #[error("{url} does not reach the app: {detail}")]
    NotServing {
        /// What was asked for.
        url: String,
        /// What came instead.
        detail: String,
    },
    /// A check of the suite did not hold.
    #[error("{message}")]
    CheckFailed {
        /// What was expected and what came.
        message: String,
    },
    /// A recipe's files cannot be read or are refused.
    #[error("{message}")]
    BadRecipe {
        /// File, line, key and what was expected.
        message: String,
    },
    /// The registry says that the image does not exist.
    #[error("image {reference} does not exist: {message}")]
    ImageMissing {
        /// The reference.
        reference: String,
        /// The registry's own words.
        message: String,
    },

    // -- third parties -----------------------------------------------------------------------
    /// A registry did not answer or not in time.
    #[error("image {reference} could not be pulled: {message}")]
    RegistryDown {
        /// The reference.
        reference: String,
        /// What happened.
        message: String,
    },

    /// The repository of a recipe did not answer.
    #[error("{message}")]
    SourceDown {
        /// Which repository, and what happened.
        message: String,
    },

    // -- the harness and its machine -----------------------------------------------------------
    /// A registry refuses because of our quota.
    #[error("the registry's quota of this machine is used up for {reference}: {message}")]
    RegistryQuota {
        /// The reference.
        reference: String,
        /// The registry's own words.
        message: String,
    },
    /// The engine does not answer.
    #[error("the engine does not answer: {message}")]
    EngineDown {
        /// What happened.
        message: String,
    },
    /// The engine refused a request of ours.
    #[error("the engine refused to {action}: {message}")]
    EngineRefused {
        /// What was asked.
        action: String,
        /// The engine's own words.
        message: String,
    },
    /// No node can take the tasks of a service.
    #[error("service {service} cannot be scheduled: {error}")]
    NotSchedulable {
        /// The service.
        service: String,
        /// The scheduler's own words.
        error: String,
    },
    /// A port that the stack or the harness needs is held by another program or stack.
    #[error("port {port} is taken: {message}")]
    PortTaken {
        /// The port.
        port: u16,
        /// Who holds it, as far as known.
        message: String,
    },
    /// The machine's disk or memory is used up.
    #[error("the machine has no {what} left: {message}")]
    NodeExhausted {
        /// `disk space`, `inodes`, `memory`, `addresses`.
        what: String,
        /// The engine's or the kernel's words.
        message: String,
    },
    /// A limit was reached that the harness added and the recipe does not name.
    #[error("{at} reached {limit}, a limit that cc-ci added: {detail}")]
    AddedLimit {
        /// What reached it, as `service app`.
        at: String,
        /// Which limit, in words: `512 MiB of memory`.
        limit: String,
        /// What was seen, and which setting raises the limit.
        detail: String,
    },
    /// The gateway into the stack's networks does not work.
    #[error("the gateway does not work: {message}")]
    Gateway {
        /// What happened.
        message: String,
    },
    /// The edge proxy does not work.
    #[error("the edge proxy does not work: {message}")]
    Edge {
        /// What happened.
        message: String,
    },
    /// The backup tool itself failed.
    #[error("restic {command} ended with exit code {exit_code}: {output}")]
    Restic {
        /// The restic command.
        command: String,
        /// Its exit code.
        exit_code: i64,
        /// Its last output.
        output: String,
    },
    /// Something that has to be refused was accepted, or changed data although it was refused.
    #[error("{what} was not refused: {detail}")]
    NotRefused {
        /// What was tried.
        what: String,
        /// What happened.
        detail: String,
    },
    /// The same version was sent once more and tasks were replaced.
    #[error("the same version again replaced tasks of {}", .services.join(", "))]
    NotIdempotent {
        /// The services whose tasks changed.
        services: Vec<String>,
    },
    /// Objects of the unit are still on the engine after tear-down.
    #[error("left behind: {}", .objects.join(", "))]
    LeftBehind {
        /// Kind and name of each.
        objects: Vec<String>,
    },
    /// The unit was deployed more or less often than planned.
    #[error("{found} deploys instead of {expected}")]
    DeployCount {
        /// What the plan says.
        expected: u32,
        /// What happened.
        found: u32,
    },
    /// A unit could not be planned, and no file of the recipe is the reason.
    #[error("{message}")]
    NotPlanned {
        /// What happened.
        message: String,
    },
    /// A check of ours cannot be carried out as written.
    #[error("the check itself is broken: {message}")]
    BrokenCheck {
        /// What is wrong with it.
        message: String,
    },
    /// A bug of ours.
    #[error("harness bug: {message}")]
    Bug {
        /// What was found.
        message: String,
    },

    // -- no owner -----------------------------------------------------------------------------
    /// Time ran out. A timeout is not a cause: what was waited for is all that is known.
    #[error("not within {seconds} s: {waiting_for}")]
    Deadline {
        /// The time allowed, in seconds.
        seconds: u64,
        /// What was waited for when time ran out.
        waiting_for: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_read_back_from_json() {
        let fault = Fault::CrashLoop {
            service: "app".into(),
            failures: 3,
            seconds: 11,
            exit_code: Some(1),
            error: "task: non-zero exit (1)".into(),
            said: None,
        };
        let json = serde_json::to_string(&fault).unwrap();
        assert_eq!(serde_json::from_str::<Fault>(&json).unwrap(), fault);
        assert!(fault.to_string().contains("exit code 1"));
    }
}
