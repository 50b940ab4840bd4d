//! Tasks as the engine describes them.

use bollard::models::Task;
use cc_ci_engine::{NodeId, TaskState};
use jiff::Timestamp;

pub(crate) fn state(task: Task) -> TaskState {
    let status = task.status.unwrap_or_default();
    let container = status.container_status.unwrap_or_default();
    let image = task.spec.and_then(|spec| spec.container_spec?.image);
    let mut state = TaskState {
        id: task.id.unwrap_or_default(),
        service: task.service_id.unwrap_or_default(),
        node: task.node_id.and_then(NodeId::new),
        slot: task.slot.and_then(|slot| u64::try_from(slot).ok()).unwrap_or_default(),
        state: status.state.map(|state| state.to_string()).unwrap_or_default(),
        desired: task.desired_state.map(|state| state.to_string()).unwrap_or_default(),
        error: status.err.unwrap_or_default(),
        message: status.message.unwrap_or_default(),
        exit_code: None,
        container: container.container_id.filter(|id| !id.is_empty()),
        image: image.unwrap_or_default(),
        created: task.created_at.unwrap_or_default(),
        changed: status.timestamp.unwrap_or_default(),
    };
    // The engine fills the code with 0 while the process still runs.
    let ran = state.container.is_some() && state.state != "rejected";
    state.exit_code = container.exit_code.filter(|_| ran && state.is_over());
    state
}

/// When a task was created. Text does not do for an order: the engine cuts trailing zeros off the
/// fraction of a second.
pub(crate) fn created(task: &TaskState) -> Timestamp {
    task.created.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn read(state_name: &str, container: serde_json::Value) -> TaskState {
        let task = json!({
            "ID": "t1",
            "CreatedAt": "2024-01-02T03:04:05.1Z",
            "Slot": 2,
            "ServiceID": "s1",
            "NodeID": "n1",
            "Spec": {"ContainerSpec": {"Image": "nginx:1"}},
            "Status": {
                "Timestamp": "2024-01-02T03:04:06Z",
                "State": state_name,
                "Message": "started",
                "Err": "task: non-zero exit (3)",
                "ContainerStatus": container,
            },
            "DesiredState": "shutdown",
        });
        state(serde_json::from_value(task).unwrap())
    }

    #[rstest]
    #[case::running("running", None)]
    #[case::failed("failed", Some(3))]
    #[case::complete("complete", Some(3))]
    #[case::rejected("rejected", None)]
    fn a_code_counts_once_the_process_ended(#[case] state: &str, #[case] code: Option<i64>) {
        assert_eq!(read(state, json!({"ContainerID": "c1", "ExitCode": 3})).exit_code, code);
    }

    #[test]
    fn a_task_without_container_has_no_code() {
        let task = read("failed", json!({"ExitCode": 0}));
        assert_eq!((task.container, task.exit_code), (None, None));
        assert_eq!((task.slot, task.desired.as_str()), (2, "shutdown"));
        assert_eq!(task.error, "task: non-zero exit (3)");
        assert_eq!(task.node, NodeId::new("n1"));
    }

    #[test]
    fn age_is_compared_as_time() {
        let at = |created: &str| {
            let mut task = read("running", json!({}));
            task.created = created.to_owned();
            super::created(&task)
        };
        assert!(at("2024-01-02T03:04:05.1Z") < at("2024-01-02T03:04:05.12Z"));
    }
}
