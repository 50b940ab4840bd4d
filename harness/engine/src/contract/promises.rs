//! The list of all promises.

/// Expands the macro `$each` with the names of all promises of [`contract`](crate::contract).
#[macro_export]
macro_rules! every_promise {
    ($each:ident) => {
        $each! {
            a_command_goes_to_the_node_of_its_task
            a_config_gets_other_labels
            a_container_joins_a_network
            a_container_name_is_unique
            a_crash_loop_shows_its_exit_codes
            a_failed_update_is_paused
            a_failed_update_is_taken_back
            a_file_is_put
            a_label_alone_starts_no_task
            a_label_finds_only_its_own
            a_limit_reaches_its_container
            a_missing_image_rejects_the_task
            a_one_shot_completes
            a_port_is_published
            a_refused_start_leaves_nothing
            a_running_task_has_an_address
            a_service_needs_what_it_names
            a_sick_container_says_why
            a_stack_is_deployed
            a_taken_port_is_named
            a_task_runs_once_it_is_healthy
            a_volume_is_created_once
            a_volume_of_another_is_not_taken
            a_volume_survives_its_task
            an_empty_value_finds_nothing
            a_written_file_takes_disk
            an_image_is_found_by_its_names
            an_unknown_image_cannot_be_pulled
            an_update_moves_label_and_environment
            down_during_a_start_leaves_nothing
            down_leaves_nothing
            down_reports_and_goes_on
            down_waits_for_creations
            dropped_services_are_named
            events_tell_of_a_service
            exec_answers_with_the_exit_code
            exec_gets_its_input_and_environment
            exec_has_a_limit
            exec_keeps_the_streams_apart
            exec_needs_a_running_container
            exec_passes_its_output_on
            killed_tasks_come_back
            lists_are_sorted
            logs_end_with_the_last_lines
            names_are_unique
            stats_tell_what_is_used
            the_node_is_a_manager
            what_is_gone_can_be_removed
            what_is_in_use_stays
            what_is_not_there_is_not_found
        }
    };
}
