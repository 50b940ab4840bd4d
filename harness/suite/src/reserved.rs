//! The names of checks that the harness makes itself.
//!
//! A check is known by its tier and its name, in a run's records and in the history of a recipe. A check of a
//! suite that had the name of a built-in one would hide one of the two. `tests/reserved.rs` compares this list
//! with the names in the runner's code.

use cc_ci_model::Tier;

/// Whole names, which no check of a suite may have in any tier.
const NAMES: [&str; 41] = [
    "backups_copied",
    "canary_data_written",
    "daemon_restarted",
    "data_mutated",
    "deploy_count",
    "doors_follow",
    "doors_open_again",
    "dumps_readable",
    "edge_opens",
    "fresh_instance_is_empty",
    "gateway_opens",
    "images_available",
    "labels_readable",
    "no_rule_of_severity_error_is_broken",
    "node_is_had",
    "nothing_in_the_way",
    "nothing_leaked",
    "nothing_left",
    "old_version_works_or_refuses",
    "post_hooks_succeed",
    "pre_hooks_succeed",
    "repository_created",
    "repository_removed",
    "restart_is_allowed",
    "restore_broken_off",
    "same_version_accepted_again",
    "same_version_changes_no_task",
    "services_converge",
    "services_settled",
    "snapshot_at_hand",
    "snapshot_restored",
    "snapshot_taken",
    "snapshot_verified",
    "something_runs",
    "stack_accepted",
    "tasks_killed",
    "tier_completes",
    "toolbox_starts",
    "upgrade_broken_off",
    "version_moved",
    "volumes_covered",
];

/// Prefixes of names. The rest is the name of a store, or of a check that a tier makes a second time or for
/// another leg.
const BEGINNINGS: [&str; 12] = [
    "again.",
    "back.",
    "data_back.",
    "data_intact.",
    "deleted_data_gone.",
    "first.",
    "forward.",
    "fresh.",
    "interrupt.",
    "later_data_gone.",
    "recovery.",
    "store_proven.",
];

/// Names of one tier only. An app that refuses a wrong password may have a check of this name in another tier.
const OF_RESTORE: [&str; 3] =
    ["locked_repository_is_refused", "truncated_archive_is_refused", "wrong_password_is_refused"];

/// True where the harness makes a check called `id` in `tier`, or may make one there in a later version.
#[must_use]
pub fn is_reserved(tier: Tier, id: &str) -> bool {
    NAMES.contains(&id)
        || BEGINNINGS.iter().any(|beginning| id.starts_with(beginning))
        || (tier == Tier::Restore && OF_RESTORE.contains(&id))
}

/// True where the ready probes are checks of `tier` under their own names.
pub(crate) fn has_ready_probes(tier: Tier) -> bool {
    match tier {
        Tier::Deploy | Tier::Upgrade | Tier::Restore | Tier::Restart | Tier::Reboot => true,
        // Both restore, which ends with the ready probes.
        Tier::Recovery | Tier::Interrupt => true,
        // There a prefix stands before their names.
        Tier::Rollback => false,
        Tier::Lint | Tier::Custom | Tier::Backup | Tier::Teardown => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::whole(Tier::Deploy, "services_converge", true)]
    #[case::elsewhere(Tier::Custom, "services_converge", true)]
    #[case::store(Tier::Upgrade, "data_intact.files", true)]
    #[case::part(Tier::Recovery, "fresh.up", true)]
    #[case::of_restore(Tier::Restore, "wrong_password_is_refused", true)]
    #[case::of_the_app(Tier::Custom, "wrong_password_is_refused", false)]
    #[case::longer(Tier::Deploy, "services_converge_twice", false)]
    #[case::no_beginning(Tier::Custom, "backup", false)]
    fn some_names_are_taken(#[case] tier: Tier, #[case] id: &str, #[case] reserved: bool) {
        assert_eq!(is_reserved(tier, id), reserved);
    }

    #[test]
    fn the_names_are_in_order() {
        assert!(NAMES.is_sorted() && BEGINNINGS.is_sorted() && OF_RESTORE.is_sorted());
    }
}
