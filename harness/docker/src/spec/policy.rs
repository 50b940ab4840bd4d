//! Restart, update and rollback.

use bollard::models::{
    ServiceSpecRollbackConfig, ServiceSpecRollbackConfigFailureActionEnum as BackAction,
    ServiceSpecRollbackConfigOrderEnum as BackOrder, ServiceSpecUpdateConfig,
    ServiceSpecUpdateConfigFailureActionEnum as Action, ServiceSpecUpdateConfigOrderEnum as Order,
    TaskSpecRestartPolicy, TaskSpecRestartPolicyConditionEnum as Condition,
};
use cc_ci_model::{FailureAction, RestartCondition, RestartPolicy, UpdateOrder, UpdatePolicy};

use crate::maps::signed;

pub(super) fn restart(policy: &RestartPolicy) -> TaskSpecRestartPolicy {
    TaskSpecRestartPolicy {
        condition: policy.condition.map(|condition| match condition {
            RestartCondition::None => Condition::NONE,
            RestartCondition::OnFailure => Condition::ON_FAILURE,
            RestartCondition::Any => Condition::ANY,
        }),
        delay: signed(policy.delay_ns),
        max_attempts: signed(policy.max_attempts),
        window: signed(policy.window_ns),
    }
}

/// Tasks at once where the policy does not say. The engine reads a missing number as 0, which is
/// all at once; Docker's own client therefore sends 1.
const ONE_BY_ONE: u64 = 1;

pub(super) fn update(policy: &UpdatePolicy) -> ServiceSpecUpdateConfig {
    ServiceSpecUpdateConfig {
        parallelism: signed(Some(policy.parallelism.unwrap_or(ONE_BY_ONE))),
        delay: signed(policy.delay_ns),
        failure_action: policy.failure_action.map(|action| match action {
            FailureAction::Pause => Action::PAUSE,
            FailureAction::Continue => Action::CONTINUE,
            FailureAction::Rollback => Action::ROLLBACK,
        }),
        monitor: signed(policy.monitor_ns),
        max_failure_ratio: policy.max_failure_ratio,
        order: policy.order.map(|order| match order {
            UpdateOrder::StopFirst => Order::STOP_FIRST,
            UpdateOrder::StartFirst => Order::START_FIRST,
        }),
    }
}

pub(super) fn rollback(policy: &UpdatePolicy) -> ServiceSpecRollbackConfig {
    ServiceSpecRollbackConfig {
        parallelism: signed(Some(policy.parallelism.unwrap_or(ONE_BY_ONE))),
        delay: signed(policy.delay_ns),
        failure_action: policy.failure_action.and_then(|action| match action {
            FailureAction::Pause => Some(BackAction::PAUSE),
            FailureAction::Continue => Some(BackAction::CONTINUE),
            // A rollback cannot be rolled back; the engine's default is to pause.
            FailureAction::Rollback => None,
        }),
        monitor: signed(policy.monitor_ns),
        max_failure_ratio: policy.max_failure_ratio,
        order: policy.order.map(|order| match order {
            UpdateOrder::StopFirst => BackOrder::STOP_FIRST,
            UpdateOrder::StartFirst => BackOrder::START_FIRST,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_goes_one_by_one_unless_told() {
        assert_eq!(update(&UpdatePolicy::default()).parallelism, Some(1));
        assert_eq!(rollback(&UpdatePolicy::default()).parallelism, Some(1));
        let all = UpdatePolicy { parallelism: Some(0), ..UpdatePolicy::default() };
        assert_eq!(update(&all).parallelism, Some(0));
    }

    #[test]
    fn every_word_has_its_own() {
        let policy = UpdatePolicy {
            failure_action: Some(FailureAction::Rollback),
            order: Some(UpdateOrder::StartFirst),
            ..UpdatePolicy::default()
        };
        assert_eq!(update(&policy).failure_action, Some(Action::ROLLBACK));
        assert_eq!(update(&policy).order, Some(Order::START_FIRST));
        assert_eq!(rollback(&policy).failure_action, None);
        assert_eq!(rollback(&policy).order, Some(BackOrder::START_FIRST));
    }
}
