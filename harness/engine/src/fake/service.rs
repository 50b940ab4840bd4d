//! One service and where its update stands.

use std::collections::BTreeSet;
use std::time::Duration;

use cc_ci_model::{
    EndpointMode, FailureAction, Mode, RestartCondition, ServiceSpec, UpdateOrder, UpdatePolicy,
};
use tokio::time::Instant;

use super::clock::{Clock, nanoseconds};
use crate::{ServiceObject, ServiceState, UpdateState};

/// Swarm's default time for which a new task is watched before the next one.
const MONITOR: Duration = Duration::from_secs(5);
/// Swarm's default pause before an ended task is started again.
const RESTART_DELAY: Duration = Duration::from_secs(5);

/// An update under way or the last one that was.
#[derive(Debug, Clone)]
pub(super) struct Update {
    pub(super) state: UpdateState,
    pub(super) started: Instant,
    pub(super) message: String,
    pub(super) failures: u64,
    /// Copies whose new task has to run before the update goes on.
    pub(super) waiting: BTreeSet<u64>,
    /// Copies whose new task ran once, even if it has ended since.
    pub(super) done: BTreeSet<u64>,
}

impl Update {
    pub(super) fn is_moving(&self) -> bool {
        matches!(self.state, UpdateState::Updating | UpdateState::RollbackStarted)
    }

    pub(super) fn goes_back(&self) -> bool {
        self.state == UpdateState::RollbackStarted
    }
}

#[derive(Debug)]
pub(super) struct Service {
    pub(super) id: String,
    pub(super) object: ServiceObject,
    /// What Swarm goes back to.
    pub(super) previous: Option<ServiceObject>,
    /// Rises with everything that is written about the service.
    pub(super) version: u64,
    /// Rises when new tasks differ from old ones.
    pub(super) template: u64,
    pub(super) update: Option<Update>,
    pub(super) created: Instant,
}

/// The settings that decide how an update or a rollback goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) parallelism: u64,
    pub(super) delay: Duration,
    pub(super) monitor: Duration,
    pub(super) action: FailureAction,
    pub(super) max_failure_ratio: f64,
    pub(super) start_first: bool,
}

impl Service {
    /// The copies that should run: slots from 1, or slot 0 of a global service.
    pub(super) fn slots(&self) -> std::ops::RangeInclusive<u64> {
        match self.object.spec.mode {
            Mode::Replicated(copies) => 1..=copies,
            Mode::Global => 0..=0,
        }
    }

    pub(super) fn pace(&self, back: bool) -> Pace {
        let spec = &self.object.spec;
        let policy = if back { &spec.rollback } else { &spec.update };
        let policy = policy.clone().unwrap_or_default();
        let UpdatePolicy {
            parallelism,
            delay_ns,
            failure_action,
            monitor_ns,
            max_failure_ratio,
            order,
        } = policy;
        Pace {
            parallelism: match parallelism.unwrap_or(1) {
                0 => u64::MAX,
                some => some,
            },
            delay: nanoseconds(delay_ns, Duration::ZERO),
            monitor: nanoseconds(monitor_ns.filter(|ns| *ns > 0), MONITOR),
            action: failure_action.unwrap_or_default(),
            max_failure_ratio: max_failure_ratio.unwrap_or(0.0),
            start_first: order.unwrap_or_default() == UpdateOrder::StartFirst,
        }
    }

    pub(super) fn restart_condition(&self) -> RestartCondition {
        self.object.spec.restart.as_ref().and_then(|r| r.condition).unwrap_or_default()
    }

    pub(super) fn restart_delay(&self) -> Duration {
        nanoseconds(self.object.spec.restart.as_ref().and_then(|r| r.delay_ns), RESTART_DELAY)
    }

    pub(super) fn state(&self, clock: &Clock) -> ServiceState {
        let spec = &self.object.spec;
        ServiceState {
            id: self.id.clone(),
            name: self.object.name.clone(),
            labels: self.object.all_labels(),
            container_labels: self.object.all_container_labels(),
            image: spec.image.clone(),
            replicas: match spec.mode {
                Mode::Replicated(copies) => Some(copies),
                Mode::Global => None,
            },
            one_shot: self.restart_condition() != RestartCondition::Any,
            version: self.version,
            update: self.update.as_ref().map(|update| update.state),
            update_started: self.update.as_ref().map(|update| clock.text(update.started)),
            update_message: self.update.as_ref().map(|u| u.message.clone()).unwrap_or_default(),
        }
    }
}

impl ServiceObject {
    pub(super) fn all_labels(&self) -> std::collections::BTreeMap<String, String> {
        self.spec.labels.clone().into_iter().chain(self.labels.clone()).collect()
    }

    pub(super) fn all_container_labels(&self) -> std::collections::BTreeMap<String, String> {
        self.spec
            .container_labels
            .clone()
            .into_iter()
            .chain(self.container_labels.clone())
            .collect()
    }

    /// What decides whether a task has to be replaced: everything but the service's own labels, its
    /// number of copies and how it is updated.
    pub(super) fn template(
        &self,
    ) -> (ServiceSpec, u64, std::collections::BTreeMap<String, String>) {
        let spec = ServiceSpec {
            labels: Default::default(),
            mode: Mode::default(),
            endpoint_mode: EndpointMode::default(),
            update: None,
            rollback: None,
            container_labels: Default::default(),
            ..self.spec.clone()
        };
        (spec, self.force, self.all_container_labels())
    }
}
