//! Checks that are steps of the harness: something was asked of the engine or of a tool, which did it or did not.

use cc_ci_model::CheckId;

/// Steps, without the prefixes that a tier puts before their names. A passed step says that it was carried out.
/// A failed step has the words of the engine or the tool in its fault. The harness judges neither.
pub(crate) const STEPS: [&str; 21] = [
    "backups_copied",
    "canary_data_written",
    "daemon_restarted",
    "doors_follow",
    "doors_open_again",
    "edge_opens",
    "gateway_opens",
    "images_available",
    "labels_readable",
    "node_is_had",
    "repository_created",
    "repository_removed",
    "same_version_accepted_again",
    "snapshot_at_hand",
    "snapshot_restored",
    "snapshot_taken",
    "snapshot_verified",
    "stack_accepted",
    "tasks_killed",
    "tier_completes",
    "toolbox_starts",
];

/// True for a check that is a step.
pub(crate) fn is_step(check: &CheckId) -> bool {
    // A tier that repeats a step puts a prefix before the name, such as `fresh.`.
    let name = check.as_str().rsplit('.').next().unwrap_or_default();
    STEPS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::step("stack_accepted", true)]
    #[case::a_second_time("fresh.stack_accepted", true)]
    #[case::judgement("services_converge", false)]
    #[case::of_a_suite("front_page", false)]
    fn some_checks_are_steps(#[case] check: &str, #[case] step: bool) {
        assert_eq!(is_step(&CheckId::slug(check)), step);
    }

    #[test]
    fn the_names_are_in_order() {
        assert!(STEPS.is_sorted());
    }
}
