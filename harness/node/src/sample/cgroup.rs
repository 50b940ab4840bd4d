//! What each container takes, by the files of its control group: both versions of cgroups, and both places where
//! an engine puts its containers.

use std::collections::BTreeMap;
use std::path::Path;

use cc_ci_model::ContainerPeak;

use super::kernel::counter;
use crate::Host;

/// Where the kernel's control groups are mounted.
const ROOT: &str = "/sys/fs/cgroup";
/// Exists exactly where all controllers are in one tree (cgroups v2).
const UNIFIED: &str = "/sys/fs/cgroup/cgroup.controllers";
/// Digits of a container's id that name it; the engine shows as many.
const SHORT: usize = 12;
/// Digits of a whole id.
const LONG: usize = 64;
/// Containers that are read in one look. A look at more would take longer than a second allows on a slow machine.
const MOST: usize = 256;

/// Where an engine puts the control groups of its containers: its own folder (driver cgroupfs) or the system's slice
/// (driver systemd), with what stands before and behind the id in a name.
const PLACES: [(&str, &str, &str); 2] = [("docker", "", ""), ("system.slice", "docker-", ".scope")];

/// Every container that runs, by the first digits of its id. Containers with another control group as their parent
/// are not seen.
pub(super) fn containers(host: &Host) -> BTreeMap<String, ContainerPeak> {
    let unified = host.exists(UNIFIED);
    // One controller is enough to find the names: an engine makes the groups in all of them.
    let root = if unified { ROOT.to_owned() } else { format!("{ROOT}/memory") };
    let mut found = BTreeMap::new();
    for (parent, before, behind) in PLACES {
        let Ok(entries) = std::fs::read_dir(host.path(format!("{root}/{parent}"))) else {
            continue;
        };
        for entry in entries.flatten().take(MOST.saturating_sub(found.len())) {
            let name = entry.file_name();
            let Some(id) = name.to_str().and_then(|name| id(name, before, behind)) else {
                continue;
            };
            let group = format!("{parent}/{}", name.to_string_lossy());
            let peak = if unified { second(host, &group) } else { first(host, &group) };
            found.insert(id, peak);
        }
    }
    found
}

/// The first digits of the id in a group's name.
fn id(name: &str, before: &str, behind: &str) -> Option<String> {
    let id = name.strip_prefix(before)?.strip_suffix(behind)?;
    let is_id = id.len() == LONG && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| id[..SHORT].to_owned())
}

/// Version 1: a tree for each controller (Documentation/admin-guide/cgroup-v1 of the kernel).
fn first(host: &Host, group: &str) -> ContainerPeak {
    let read = |controller: &str, file: &str| text(host, &format!("{controller}/{group}"), file);
    let number = |controller: &str, file: &str| read(controller, file)?.trim().parse().ok();
    let nanos = read("cpu", "cpu.stat").and_then(|text| counter(&text, "throttled_time"));
    ContainerPeak {
        memory_bytes: number("memory", "memory.max_usage_in_bytes"),
        oom_kills: read("memory", "memory.oom_control").and_then(|text| counter(&text, "oom_kill")),
        throttled_millis: nanos.map(|nanos| nanos / 1_000_000),
        pids: number("pids", "pids.current"),
        pids_refused: read("pids", "pids.events").and_then(|text| counter(&text, "max")),
    }
}

/// Version 2: one tree (Documentation/admin-guide/cgroup-v2.rst of the kernel). `memory.peak` is there since 5.19;
/// before it the memory of the moment is read, and the most of all looks counts.
fn second(host: &Host, group: &str) -> ContainerPeak {
    let read = |file: &str| text(host, group, file);
    let number = |file: &str| read(file)?.trim().parse().ok();
    let micros = read("cpu.stat").and_then(|text| counter(&text, "throttled_usec"));
    ContainerPeak {
        memory_bytes: number("memory.peak").or_else(|| number("memory.current")),
        oom_kills: read("memory.events").and_then(|text| counter(&text, "oom_kill")),
        throttled_millis: micros.map(|micros| micros / 1_000),
        pids: number("pids.current"),
        pids_refused: read("pids.events").and_then(|text| counter(&text, "max")),
    }
}

fn text(host: &Host, group: &str, file: &str) -> Option<String> {
    let path = Path::new(ROOT).join(group).join(file);
    std::fs::read_to_string(host.path(path)).ok()
}

/// What is known about a container after another look. Counters only grow while it lives.
pub(super) fn merge(before: ContainerPeak, now: ContainerPeak) -> ContainerPeak {
    ContainerPeak {
        memory_bytes: before.memory_bytes.max(now.memory_bytes),
        oom_kills: before.oom_kills.max(now.oom_kills),
        throttled_millis: before.throttled_millis.max(now.throttled_millis),
        pids: before.pids.max(now.pids),
        pids_refused: before.pids_refused.max(now.pids_refused),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::host::fake::host;

    /// A machine whose control groups were recorded.
    fn recorded(name: &str) -> Host {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/cgroup");
        Host::at(folder.join(name))
    }

    #[rstest]
    #[case::v1_cgroupfs("v1", [33_554_432, 1, 942, 1, 2])]
    #[case::v2_systemd("v2", [54_525_952, 1, 153, 5, 2])]
    fn the_numbers_of_a_recorded_container_are_read(#[case] name: &str, #[case] numbers: [u64; 5]) {
        let [memory_bytes, oom_kills, throttled_millis, pids, pids_refused] = numbers.map(Some);
        let peak = ContainerPeak { memory_bytes, oom_kills, throttled_millis, pids, pids_refused };
        let found = containers(&recorded(name));
        assert_eq!(found, BTreeMap::from([("4f1e8c0a9d3b".to_owned(), peak)]));
    }

    #[test]
    fn without_a_peak_the_memory_of_the_moment_counts() {
        let group = format!("system.slice/docker-{}.scope", "a".repeat(LONG));
        let (_folder, host) =
            host(&[(UNIFIED, ""), (&format!("{ROOT}/{group}/memory.current"), "7\n")]);
        let peak = ContainerPeak { memory_bytes: Some(7), ..ContainerPeak::default() };
        assert_eq!(containers(&host).into_values().collect::<Vec<_>>(), [peak]);
    }

    #[test]
    fn a_machine_without_control_groups_has_no_containers() {
        assert!(containers(&Host::at("/nonexistent")).is_empty());
    }

    #[rstest]
    #[case::another_service("cron.service")]
    #[case::no_container("docker-short.scope")]
    #[case::not_hexadecimal(&format!("docker-{}.scope", "z".repeat(LONG)))]
    fn other_groups_are_no_containers(#[case] name: &str) {
        assert_eq!(id(name, "docker-", ".scope"), None);
    }

    #[test]
    fn peaks_never_shrink_and_what_is_unknown_stays_unknown() {
        let before =
            ContainerPeak { memory_bytes: Some(9), pids: Some(2), ..ContainerPeak::default() };
        let now =
            ContainerPeak { memory_bytes: Some(4), pids: Some(5), ..ContainerPeak::default() };
        let both = merge(before, now);
        assert_eq!((both.memory_bytes, both.pids, both.oom_kills), (Some(9), Some(5), None));
    }
}
