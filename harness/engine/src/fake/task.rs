//! One task of a service.

use tokio::time::Instant;

use super::clock::Clock;
use crate::{NodeId, ServiceObject, TaskState};

/// Where a task stands; only the states in which the fake lets a task rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    New,
    Pending,
    Preparing,
    Ready,
    Starting,
    Running,
    Complete,
    Shutdown,
    Failed,
    Rejected,
}

impl Phase {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Pending => "pending",
            Self::Preparing => "preparing",
            Self::Ready => "ready",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Shutdown => "shutdown",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
        }
    }

    pub(super) fn is_over(self) -> bool {
        matches!(self, Self::Complete | Self::Shutdown | Self::Failed | Self::Rejected)
    }
}

/// What the engine wants of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Desired {
    Ready,
    Running,
    Shutdown,
    /// Its service is gone.
    Remove,
}

impl Desired {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Shutdown => "shutdown",
            Self::Remove => "remove",
        }
    }
}

#[derive(Debug)]
pub(super) struct Task {
    pub(super) id: String,
    pub(super) service: String,
    pub(super) slot: u64,
    /// The node that it was given to, by its place in the world's list.
    pub(super) node: Option<usize>,
    pub(super) phase: Phase,
    pub(super) desired: Desired,
    pub(super) error: String,
    pub(super) message: String,
    pub(super) exit_code: Option<i64>,
    pub(super) container: Option<String>,
    /// What it was made from.
    pub(super) object: ServiceObject,
    /// Version of the service's template that it was made from.
    pub(super) template: u64,
    pub(super) created: Instant,
    pub(super) changed: Instant,
}

impl Task {
    /// Its name without its id: `<service>.<slot>`.
    pub(super) fn copy_name(&self) -> String {
        format!("{}.{}", self.object.name, self.slot)
    }

    pub(super) fn state(&self, clock: &Clock, nodes: &[NodeId]) -> TaskState {
        TaskState {
            id: self.id.clone(),
            service: self.service.clone(),
            slot: self.slot,
            node: self.node.and_then(|node| nodes.get(node).cloned()),
            state: self.phase.as_str().to_owned(),
            desired: self.desired.as_str().to_owned(),
            error: self.error.clone(),
            message: self.message.clone(),
            exit_code: self.exit_code,
            container: self.container.clone(),
            image: self.object.spec.image.clone(),
            created: clock.text(self.created),
            changed: clock.text(self.changed),
        }
    }
}
