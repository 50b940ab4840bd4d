//! The containers of a service.

use std::collections::BTreeMap;

use bollard::models::{
    HealthConfig, ResourcesUlimits, TaskSpecContainerSpec, TaskSpecContainerSpecDnsConfig,
    TaskSpecContainerSpecPrivileges,
};
use cc_ci_engine::ServiceObject;
use cc_ci_model::{Healthcheck, ServiceSpec, Ulimit};

use super::{FileIds, capabilities, files, mount};
use crate::maps::{signed, some, unsorted};

pub(super) fn container_spec(service: &ServiceObject, ids: &FileIds) -> TaskSpecContainerSpec {
    let spec = &service.spec;
    let mut labels = spec.container_labels.clone();
    labels.extend(service.container_labels.clone());
    let mounts: Vec<_> =
        spec.mounts.iter().map(|wanted| mount::mount(wanted, &service.volume_labels)).collect();
    TaskSpecContainerSpec {
        image: Some(spec.image.clone()),
        labels: Some(unsorted(&labels)),
        // Compose and Swarm use the same word for different things: what Swarm calls the command
        // is the entry point, and what compose calls the command are Swarm's arguments.
        command: spec.entrypoint.clone(),
        args: spec.command.clone(),
        hostname: spec.hostname.clone(),
        env: some(&environment(&spec.environment)),
        dir: spec.working_dir.clone(),
        user: spec.user.clone(),
        groups: some(&spec.groups),
        // Docker's own client always sends it, empty.
        privileges: Some(TaskSpecContainerSpecPrivileges::default()),
        tty: spec.tty.then_some(true),
        open_stdin: spec.stdin_open.then_some(true),
        read_only: spec.read_only.then_some(true),
        mounts: some(&mounts),
        stop_signal: spec.stop_signal.clone(),
        stop_grace_period: signed(spec.stop_grace_ns),
        health_check: spec.healthcheck.as_ref().map(health_check),
        hosts: some(&spec.hosts),
        dns_config: dns(spec),
        secrets: some(&files::secrets(&spec.secrets, ids)),
        configs: some(&files::configs(&spec.configs, ids)),
        init: spec.init,
        sysctls: (!spec.sysctls.is_empty()).then(|| unsorted(&spec.sysctls)),
        capability_add: some(&capabilities::added(&spec.cap_add)),
        capability_drop: some(&capabilities::dropped(&spec.cap_add, &spec.cap_drop)),
        ulimits: some(&ulimits(&spec.ulimits)),
        ..TaskSpecContainerSpec::default()
    }
}

/// `NAME=value`, or `NAME` alone to unset a variable of the image.
fn environment(variables: &BTreeMap<String, Option<String>>) -> Vec<String> {
    let mut lines: Vec<String> = variables
        .iter()
        .map(|(name, value)| match value {
            Some(value) => format!("{name}={value}"),
            None => name.clone(),
        })
        .collect();
    // Docker sorts whole lines, not names: `A0=2` comes before `A=1`.
    lines.sort();
    lines
}

fn health_check(check: &Healthcheck) -> HealthConfig {
    HealthConfig {
        test: some(&check.test),
        interval: signed(check.interval_ns),
        timeout: signed(check.timeout_ns),
        retries: check.retries.map(i64::from),
        start_period: signed(check.start_period_ns),
        start_interval: None,
    }
}

fn dns(spec: &ServiceSpec) -> Option<TaskSpecContainerSpecDnsConfig> {
    let any = [&spec.dns, &spec.dns_search, &spec.dns_options].iter().any(|list| !list.is_empty());
    any.then(|| TaskSpecContainerSpecDnsConfig {
        nameservers: some(&spec.dns),
        search: some(&spec.dns_search),
        options: some(&spec.dns_options),
    })
}

/// Sorted, so that a new order in the compose file is not a new specification.
fn ulimits(wanted: &[Ulimit]) -> Vec<ResourcesUlimits> {
    let mut limits: Vec<_> = wanted
        .iter()
        .map(|limit| ResourcesUlimits {
            name: Some(limit.name.clone()),
            soft: Some(limit.soft),
            hard: Some(limit.hard),
        })
        .collect();
    limits.sort_by(|a, b| a.name.cmp(&b.name));
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environment_is_sorted_by_line_and_can_unset() {
        let variables = BTreeMap::from([
            ("A".to_owned(), Some("1".to_owned())),
            ("A0".to_owned(), Some("2".to_owned())),
            ("GONE".to_owned(), None),
            ("EMPTY".to_owned(), Some(String::new())),
        ]);
        assert_eq!(environment(&variables), ["A0=2", "A=1", "EMPTY=", "GONE"]);
    }
}
