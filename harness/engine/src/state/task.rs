//! A task as the engine knows it.

use serde::{Deserialize, Serialize};

use super::NodeId;

/// A task of a service as the engine knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskState {
    /// Id.
    pub id: String,
    /// Id of its service.
    pub service: String,
    /// The node that it was given to.
    #[serde(default)]
    pub node: Option<NodeId>,
    /// Copy number; 0 for global services.
    pub slot: u64,
    /// `new pending assigned accepted preparing ready starting running complete shutdown failed
    /// rejected remove orphaned`.
    pub state: String,
    /// What the engine wants it to be: `running`, `shutdown`, `complete`, `remove`, …
    pub desired: String,
    /// The engine's own words on a failure.
    pub error: String,
    /// What it is doing.
    pub message: String,
    /// Exit code, where a process ran and ended.
    pub exit_code: Option<i64>,
    /// Container, once there is one.
    pub container: Option<String>,
    /// Image that it runs.
    pub image: String,
    /// When it was created, RFC 3339.
    pub created: String,
    /// When its state last changed, RFC 3339.
    pub changed: String,
}

impl TaskState {
    /// Its container with the node that has it; nothing before there is one.
    #[must_use]
    pub fn place(&self) -> Option<(&NodeId, &str)> {
        Some((self.node.as_ref()?, self.container.as_deref()?))
    }

    /// True once the task will not run any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(
            self.state.as_str(),
            "complete" | "shutdown" | "failed" | "rejected" | "remove" | "orphaned"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// States of a task in Docker's documentation ("Swarm task states").
    #[rstest::rstest]
    #[case::waits(&["new", "pending", "assigned", "accepted", "ready"], false)]
    #[case::begins(&["preparing", "starting"], false)]
    #[case::runs(&["running"], false)]
    #[case::has_ended(&["complete", "shutdown", "failed", "rejected", "remove", "orphaned"], true)]
    fn a_task_is_over_once_it_has_ended(#[case] states: &[&str], #[case] over: bool) {
        for state in states {
            let task = TaskState {
                id: String::new(),
                service: String::new(),
                node: None,
                slot: 1,
                state: (*state).to_owned(),
                desired: "running".to_owned(),
                error: String::new(),
                message: String::new(),
                exit_code: None,
                container: None,
                image: String::new(),
                created: String::new(),
                changed: String::new(),
            };
            assert_eq!(task.is_over(), over, "{state}");
        }
    }
}
