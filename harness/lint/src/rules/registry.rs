//! All rules in the order of their ids.

use super::*;
use crate::rule::Rule;

static RULES: [&Rule; 35] = [
    &compose_version::RULE,
    &healthcheck::RULE,
    &image_tagged::RULE,
    &latest_tag::RULE,
    &semver_tag::RULE,
    &catalogue::RULE,
    &readme::RULE,
    &env_sample::RULE,
    &app_service::RULE,
    &traefik::RULE,
    &image_present::RULE,
    &config_versions::RULE,
    &repository::RULE,
    &annotated_tags::RULE,
    &secret_length::RULE,
    &readable::RULE,
    &shared_alias::RULE,
    &no_restore_hook::RULE,
    &dump_outside_volume::RULE,
    &labels_outside_deploy::RULE,
    &backup_twice::RULE,
    &config_changed::RULE,
    &env_key_without_default::RULE,
    &volume_gone::RULE,
    &floating_tag::RULE,
    &health_start_period::RULE,
    &host_port_start_first::RULE,
    &short_monitor::RULE,
    &erlang_restart::RULE,
    &read_only_config::RULE,
    &start_download::RULE,
    &proxy_network::RULE,
    &overlay_without_image::RULE,
    &overlay_removed::RULE,
    &version_label::RULE,
];

/// All rules in the order of their ids: abra's, then our own.
#[must_use]
pub fn rules() -> &'static [&'static Rule] {
    &RULES
}
