//! Policies of a service. All durations are nanoseconds, as the engine counts them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A container's health check.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Healthcheck {
    /// `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", …]`; empty keeps the image's.
    pub test: Vec<String>,
    /// Time between checks.
    pub interval_ns: Option<u64>,
    /// Time allowed for one check.
    pub timeout_ns: Option<u64>,
    /// Time after the start in which failures do not count.
    pub start_period_ns: Option<u64>,
    /// Failures in a row until unhealthy.
    pub retries: Option<u32>,
}

impl Healthcheck {
    /// True where the image's own check is switched off and none takes its place.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.test.first().is_some_and(|word| word == "NONE")
    }
}

/// When a task is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestartCondition {
    /// Never.
    None,
    /// After an exit code other than 0.
    OnFailure,
    /// Always.
    #[default]
    Any,
}

/// When and how tasks are started again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestartPolicy {
    /// After which kind of end.
    pub condition: Option<RestartCondition>,
    /// Pause before the next start.
    pub delay_ns: Option<u64>,
    /// Starts until the engine gives up.
    pub max_attempts: Option<u64>,
    /// Window in which starts are counted.
    pub window_ns: Option<u64>,
}

/// What happens when an update fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureAction {
    /// Stop where it is.
    #[default]
    Pause,
    /// Go on.
    Continue,
    /// Take it back.
    Rollback,
}

/// Which of old and new task comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpdateOrder {
    /// The old task goes first.
    #[default]
    StopFirst,
    /// The new task comes first.
    StartFirst,
}

/// How an update or a rollback proceeds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdatePolicy {
    /// Tasks at once; 0 is all.
    pub parallelism: Option<u64>,
    /// Pause between tasks.
    pub delay_ns: Option<u64>,
    /// What happens on failure.
    pub failure_action: Option<FailureAction>,
    /// How long a new task is watched.
    pub monitor_ns: Option<u64>,
    /// Share of failed tasks that is tolerated, 0 to 1.
    pub max_failure_ratio: Option<f64>,
    /// Which task comes first.
    pub order: Option<UpdateOrder>,
}

impl Eq for UpdatePolicy {}

/// Where tasks may run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// Constraints, as `node.role == manager`.
    pub constraints: Vec<String>,
    /// Node labels to spread over.
    pub spread: Vec<String>,
    /// At most so many tasks on one node.
    pub max_replicas_per_node: Option<u64>,
}

/// Limits and reservations of one task.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resources {
    /// CPU limit in 10⁻⁹ CPUs.
    pub limit_nano_cpus: Option<i64>,
    /// Memory limit in bytes.
    pub limit_memory_bytes: Option<i64>,
    /// Limit of processes.
    pub limit_pids: Option<i64>,
    /// Reserved CPU in 10⁻⁹ CPUs.
    pub reserve_nano_cpus: Option<i64>,
    /// Reserved memory in bytes.
    pub reserve_memory_bytes: Option<i64>,
    /// Reserved things that nodes count themselves, such as graphic cards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reserve_generic: Vec<GenericResource>,
    /// Which of the limits the harness added, because the recipe names none. A failure at one of them is
    /// not the recipe's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<AddedLimit>,
}

/// A limit that the harness adds where the recipe names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddedLimit {
    /// Memory of a task.
    Memory,
    /// Processes and threads of a task.
    Pids,
}

/// A thing that nodes count themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenericResource {
    /// What it is.
    pub kind: String,
    /// How many.
    pub count: i64,
}

/// A process limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ulimit {
    /// Its name, as `nofile`.
    pub name: String,
    /// Soft limit.
    pub soft: i64,
    /// Hard limit.
    pub hard: i64,
}

/// A log driver and its options.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logging {
    /// The driver.
    pub driver: String,
    /// Its options.
    pub options: BTreeMap<String, String>,
}
