//! One suite of promises that every engine keeps.
//!
//! A promise is an async function over a [`Subject`]; it says what was broken instead of panicking,
//! so that it can live in the library. [`every_promise!`](crate::every_promise) names them all: a
//! test file that expands it has one test per promise and cannot forget any.

mod broken;
mod build;
mod containers;
mod endpoints;
mod exec;
mod health;
mod images;
mod labels;
mod nodes;
mod observe;
mod ports;
mod promises;
mod removal;
mod services;
mod stacks;
mod subject;
mod updates;
mod volumes;
mod watch;

pub use broken::Broken;
pub use build::{one_service, service, whole_stack};
pub use containers::{
    a_container_joins_a_network, a_container_name_is_unique, a_file_is_put,
    a_limit_reaches_its_container, a_refused_start_leaves_nothing, a_written_file_takes_disk,
    what_is_not_there_is_not_found,
};
pub use endpoints::a_running_task_has_an_address;
pub use exec::{
    exec_answers_with_the_exit_code, exec_gets_its_input_and_environment, exec_has_a_limit,
    exec_keeps_the_streams_apart, exec_needs_a_running_container, exec_passes_its_output_on,
};
pub use health::{a_sick_container_says_why, a_task_runs_once_it_is_healthy};
pub use images::{an_image_is_found_by_its_names, an_unknown_image_cannot_be_pulled};
pub use labels::{
    a_config_gets_other_labels, a_label_finds_only_its_own, an_empty_value_finds_nothing,
    lists_are_sorted, the_node_is_a_manager,
};
pub use nodes::a_command_goes_to_the_node_of_its_task;
pub use observe::{
    events_tell_of_a_service, logs_end_with_the_last_lines, stats_tell_what_is_used,
};
pub use ports::{a_port_is_published, a_taken_port_is_named};
pub use removal::{
    down_during_a_start_leaves_nothing, down_leaves_nothing, down_reports_and_goes_on,
    down_waits_for_creations, what_is_gone_can_be_removed, what_is_in_use_stays,
};
pub use services::{
    a_crash_loop_shows_its_exit_codes, a_missing_image_rejects_the_task, a_one_shot_completes,
    a_service_needs_what_it_names, killed_tasks_come_back,
};
pub use stacks::{a_stack_is_deployed, dropped_services_are_named, names_are_unique};
pub use subject::Subject;
pub use updates::{
    a_failed_update_is_paused, a_failed_update_is_taken_back, a_label_alone_starts_no_task,
    an_update_moves_label_and_environment,
};
pub use volumes::{
    a_volume_is_created_once, a_volume_of_another_is_not_taken, a_volume_survives_its_task,
};
