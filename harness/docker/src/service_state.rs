//! Services as the engine describes them.

use bollard::models::{
    Service, ServiceUpdateStatusStateEnum as Said, TaskSpecRestartPolicyConditionEnum as Condition,
};
use cc_ci_engine::{ServiceState, UpdateState};

use crate::maps::sorted;

pub(crate) fn state(service: Service) -> ServiceState {
    let spec = service.spec.unwrap_or_default();
    let mode = spec.mode.unwrap_or_default();
    let template = spec.task_template.unwrap_or_default();
    let container = template.container_spec.unwrap_or_default();
    let condition = template.restart_policy.and_then(|policy| policy.condition);
    let update = service.update_status.unwrap_or_default();
    ServiceState {
        id: service.id.unwrap_or_default(),
        name: spec.name.unwrap_or_default(),
        labels: sorted(spec.labels),
        container_labels: sorted(container.labels),
        image: container.image.unwrap_or_default(),
        replicas: mode
            .replicated
            .map(|mode| u64::try_from(mode.replicas.unwrap_or(1)).unwrap_or_default()),
        one_shot: matches!(condition, Some(Condition::NONE | Condition::ON_FAILURE)),
        version: service.version.and_then(|version| version.index).unwrap_or_default(),
        update: update.state.and_then(update_state),
        update_started: update.started_at,
        update_message: update.message.unwrap_or_default(),
    }
}

fn update_state(said: Said) -> Option<UpdateState> {
    match said {
        Said::EMPTY => None,
        Said::UPDATING => Some(UpdateState::Updating),
        Said::PAUSED => Some(UpdateState::Paused),
        Said::COMPLETED => Some(UpdateState::Completed),
        Said::ROLLBACK_STARTED => Some(UpdateState::RollbackStarted),
        Said::ROLLBACK_PAUSED => Some(UpdateState::RollbackPaused),
        Said::ROLLBACK_COMPLETED => Some(UpdateState::RollbackCompleted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn read(value: serde_json::Value) -> ServiceState {
        state(serde_json::from_value(value).unwrap())
    }

    #[rstest]
    #[case::never("none", true)]
    #[case::after_failure("on-failure", true)]
    #[case::always("any", false)]
    fn the_restart_condition_makes_a_one_shot(#[case] condition: &str, #[case] one_shot: bool) {
        let policy = json!({"RestartPolicy": {"Condition": condition}});
        assert_eq!(read(json!({"Spec": {"TaskTemplate": policy}})).one_shot, one_shot);
    }

    #[test]
    fn an_update_is_read_with_its_words() {
        let service = read(json!({
            "ID": "s1",
            "Version": {"Index": 42},
            "Spec": {
                "Name": "web_app",
                "Labels": {"a": "1"},
                "TaskTemplate": {"ContainerSpec": {"Image": "nginx:1", "Labels": {"b": "2"}}},
                "Mode": {"Replicated": {"Replicas": 2}},
            },
            "UpdateStatus": {
                "State": "rollback_completed",
                "StartedAt": "2024-01-02T03:04:05.6Z",
                "Message": "rollback completed",
            },
        }));
        assert_eq!((service.version, service.replicas, service.one_shot), (42, Some(2), false));
        assert_eq!(service.update, Some(UpdateState::RollbackCompleted));
        assert_eq!(service.update_started.as_deref(), Some("2024-01-02T03:04:05.6Z"));
        assert_eq!(service.update_message, "rollback completed");
        assert_eq!((&*service.labels["a"], &*service.container_labels["b"]), ("1", "2"));
    }

    #[test]
    fn a_global_service_wants_no_number_and_had_no_update() {
        let service = read(json!({"Spec": {"Mode": {"Global": {}}}}));
        assert_eq!((service.replicas, service.update), (None, None));
    }
}
