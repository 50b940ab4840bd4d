//! Judges how much of the machine a stack asks for, before anything is created.

use cc_ci_model::{
    Allotment, Ceiling, Ceilings, MountType, ObjectSource, ServiceSpec, StackSpec, VolumeSpec,
    read_size, tasks,
};
use thiserror::Error;

/// A demand of a stack that is above a ceiling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("{at}: {key} {found} is above the ceiling of {allowed} for {}", .ceiling.row().bounds)]
pub struct Exceeded {
    /// Where: `service app`, `volume data`, `stack`.
    pub at: String,
    /// The key of the compose file that asks for it.
    pub key: &'static str,
    /// What is asked for, in words.
    pub found: String,
    /// What is allowed, in words.
    pub allowed: String,
    /// The ceiling.
    pub ceiling: Ceiling,
}

/// All demands of the stacks of one unit that are above a ceiling, sorted.
#[must_use]
pub fn exceeded<'a>(
    specs: impl IntoIterator<Item = &'a StackSpec>,
    ceilings: &Ceilings,
) -> Vec<Exceeded> {
    let mut found: Vec<_> =
        specs.into_iter().flat_map(|spec| Look { spec, ceilings }.all()).collect();
    found.sort();
    found.dedup();
    found
}

struct Look<'a> {
    spec: &'a StackSpec,
    ceilings: &'a Ceilings,
}

/// The sum of the numbers; `u64::MAX` where the sum would overflow.
fn sum(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::saturating_add)
}

fn limit(named: Option<i64>) -> Option<u64> {
    named.and_then(|limit| u64::try_from(limit).ok()).filter(|limit| *limit > 0)
}

impl Look<'_> {
    fn all(&self) -> Vec<Exceeded> {
        let mut found = self.counts();
        for (name, service) in &self.spec.services {
            found.extend(self.service(&format!("service {name}"), service));
        }
        for (name, volume) in &self.spec.volumes {
            found.extend(self.volume(&format!("volume {name}"), volume));
        }
        // Too many tasks make the sums over tasks too large as well. Only the number of tasks is reported then.
        if found.iter().all(|e| !matches!(e.ceiling, Ceiling::Replicas | Ceiling::Tasks)) {
            found.extend(self.sums());
        }
        found
    }

    fn above(&self, at: &str, key: &'static str, ceiling: Ceiling, found: u64) -> Option<Exceeded> {
        let allowed = self.ceilings.get(ceiling);
        (found > allowed).then(|| self.exceeded(at, key, ceiling, ceiling.words(found)))
    }

    fn exceeded(&self, at: &str, key: &'static str, ceiling: Ceiling, found: String) -> Exceeded {
        let allowed = ceiling.words(self.ceilings.get(ceiling));
        Exceeded { at: at.to_owned(), key, found, allowed, ceiling }
    }

    /// How many objects there are, and what they hold.
    fn counts(&self) -> Vec<Exceeded> {
        let Self { spec, .. } = self;
        let held = |source: &ObjectSource| match source {
            ObjectSource::Content(file) => file.bytes.len() as u64,
            ObjectSource::Generate { length, .. } => u64::from(*length),
            ObjectSource::Passphrase { .. } | ObjectSource::External => 0,
        };
        let secrets = spec.secrets.values().map(|secret| held(&secret.source));
        let configs = spec.configs.values().map(|config| held(&config.source));
        let ports = spec.services.values().map(|service| service.ports.len() as u64);
        let counts = [
            ("services", Ceiling::Services, spec.services.len() as u64),
            ("networks", Ceiling::Networks, spec.networks.len() as u64),
            ("volumes", Ceiling::Volumes, spec.volumes.len() as u64),
            ("secrets", Ceiling::Secrets, spec.secrets.len() as u64),
            ("configs", Ceiling::Configs, spec.configs.len() as u64),
            ("replicas in sum", Ceiling::Tasks, sum(spec.services.values().map(tasks))),
            ("ports", Ceiling::Ports, sum(ports)),
            ("content of configs and secrets", Ceiling::ObjectBytes, sum(secrets.chain(configs))),
        ];
        let above = |(key, ceiling, found)| self.above("stack", key, ceiling, found);
        counts.into_iter().filter_map(above).collect()
    }

    fn service(&self, at: &str, service: &ServiceSpec) -> Vec<Exceeded> {
        let resources = &service.resources;
        let mut found = Vec::new();
        found.extend(self.above(at, "deploy.replicas", Ceiling::Replicas, tasks(service)));
        for (key, ceiling, named) in [
            ("limits.memory", Ceiling::MemoryPerTask, resources.limit_memory_bytes),
            ("reservations.memory", Ceiling::MemoryPerTask, resources.reserve_memory_bytes),
            ("limits.pids", Ceiling::PidsPerTask, resources.limit_pids),
        ] {
            found.extend(limit(named).and_then(|limit| self.above(at, key, ceiling, limit)));
        }
        for mount in service.mounts.iter().filter(|mount| mount.kind == MountType::Tmpfs) {
            let bytes = mount.tmpfs_bytes.unwrap_or(0);
            found.extend(self.above(at, "tmpfs size", Ceiling::TmpfsBytes, bytes));
        }
        for ulimit in service.ulimits.iter().filter(|ulimit| ulimit.name == "nofile") {
            // A negative number means no limit.
            let most = [ulimit.soft, ulimit.hard].map(|n| u64::try_from(n).unwrap_or(u64::MAX));
            let most = most.into_iter().fold(0, u64::max);
            found.extend(self.above(at, "ulimits.nofile", Ceiling::OpenFiles, most));
        }
        found
    }

    /// A volume in memory. Its options are those of `mount`, and each of several sizes counts.
    fn volume(&self, at: &str, volume: &VolumeSpec) -> Vec<Exceeded> {
        if volume.external || volume.options.get("type").is_none_or(|kind| kind.trim() != "tmpfs") {
            return Vec::new();
        }
        let key = "driver_opts.o";
        let options = volume.options.get("o").map_or("", String::as_str);
        let judge = |option: &str| match option.trim().split_once('=') {
            Some(("size", text)) => match read_size(text) {
                // To the kernel, a size of 0 means no limit.
                Some(0) | None => {
                    Some(self.exceeded(at, key, Ceiling::TmpfsBytes, option.to_owned()))
                }
                Some(bytes) => self.above(at, key, Ceiling::TmpfsBytes, bytes),
            },
            // A number of pages: another way to write a size.
            Some(("nr_blocks", _)) => {
                Some(self.exceeded(at, key, Ceiling::TmpfsBytes, option.to_owned()))
            }
            Some(_) | None => None,
        };
        options.split(',').filter_map(judge).collect()
    }

    /// What all tasks may take together, with the limits that are added.
    fn sums(&self) -> Vec<Exceeded> {
        let Self { spec, ceilings } = self;
        let mut found = Vec::new();
        let share = Allotment::of(spec, ceilings);
        for (key, in_sum, least, each, named) in [
            (
                "memory limits in sum",
                Ceiling::MemoryPerUnit,
                Ceiling::MemoryLeast,
                share.memory,
                (|service| service.resources.limit_memory_bytes) as fn(&ServiceSpec) -> Option<i64>,
            ),
            (
                "pids limits in sum",
                Ceiling::PidsPerUnit,
                Ceiling::PidsLeast,
                share.pids,
                |service| service.resources.limit_pids,
            ),
        ] {
            let services = || spec.services.values();
            let least = ceilings.get(least).max(each);
            let taken = services().map(|service| {
                tasks(service).saturating_mul(limit(named(service)).unwrap_or(least))
            });
            found.extend(self.above("stack", key, in_sum, sum(taken)));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use cc_ci_model::{ConfigSpec, FileContent, Mode, MountSpec, Ulimit};

    use super::*;
    use crate::testing::app;

    const GIB: u64 = 1 << 30;

    fn judged(spec: &StackSpec) -> Vec<Ceiling> {
        let ceilings = Ceilings::of_machine(8 * GIB);
        exceeded([spec], &ceilings).into_iter().map(|exceeded| exceeded.ceiling).collect()
    }

    #[test]
    fn the_message_names_place_ceiling_and_way_out() {
        let spec = app(|app| app.mode = Mode::Replicated(1_000_000_000));
        let found = exceeded([&spec], &Ceilings::of_machine(8 * GIB));
        let text = found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(text, @"
        service app: deploy.replicas 1000000000 is above the ceiling of 10 for tasks of one service
        stack: replicas in sum 1000000000 is above the ceiling of 50 for tasks of all services together
        ");
    }

    #[rstest::rstest]
    #[case::at_the_ceiling(|app: &mut ServiceSpec| app.mode = Mode::Replicated(10), &[])]
    #[case::replicas(|app: &mut ServiceSpec| app.mode = Mode::Replicated(11), &[Ceiling::Replicas])]
    #[case::memory(
        |app: &mut ServiceSpec| app.resources.limit_memory_bytes = Some(5 << 30),
        &[Ceiling::MemoryPerTask]
    )]
    #[case::reserved(
        |app: &mut ServiceSpec| app.resources.reserve_memory_bytes = Some(5 << 30),
        &[Ceiling::MemoryPerTask]
    )]
    #[case::memory_in_sum(
        |app: &mut ServiceSpec| {
            app.mode = Mode::Replicated(4);
            app.resources.limit_memory_bytes = Some(2 << 30);
        },
        &[Ceiling::MemoryPerUnit]
    )]
    #[case::no_limit_is_no_limit(|app: &mut ServiceSpec| app.resources.limit_pids = Some(0), &[])]
    #[case::pids(|app: &mut ServiceSpec| app.resources.limit_pids = Some(5000), &[Ceiling::PidsPerTask])]
    #[case::open_files(|app: &mut ServiceSpec| app.ulimits = vec![nofile(1 << 21)], &[Ceiling::OpenFiles])]
    #[case::endless_files(|app: &mut ServiceSpec| app.ulimits = vec![nofile(-1)], &[Ceiling::OpenFiles])]
    #[case::tmpfs(|app: &mut ServiceSpec| app.mounts = vec![tmpfs(Some(2 * GIB))], &[Ceiling::TmpfsBytes])]
    #[case::a_size_is_added(|app: &mut ServiceSpec| app.mounts = vec![tmpfs(None)], &[])]
    fn a_service_is_judged(#[case] change: fn(&mut ServiceSpec), #[case] expected: &[Ceiling]) {
        assert_eq!(judged(&app(change)), expected);
    }

    fn nofile(hard: i64) -> Ulimit {
        Ulimit { name: "nofile".into(), soft: 1024, hard }
    }

    fn tmpfs(tmpfs_bytes: Option<u64>) -> MountSpec {
        let (kind, target) = (MountType::Tmpfs, "/dev/shm".to_owned());
        MountSpec { kind, target, tmpfs_bytes, ..MountSpec::default() }
    }

    #[rstest::rstest]
    #[case::within("size=64m,uid=1000", 0)]
    #[case::above("uid=1000,size=100g", 1)]
    #[case::the_last_counts_and_so_do_all("size=1m,size=100g", 1)]
    #[case::spaces("size=1m, size=100g", 1)]
    #[case::share("size=90%", 1)]
    #[case::endless("size=0", 1)]
    #[case::pages("nr_blocks=100000000", 1)]
    #[case::none("", 0)]
    fn a_volume_in_memory_is_judged(#[case] options: &str, #[case] expected: usize) {
        let mut spec = app(|_| ());
        let options = [("type", "tmpfs"), ("o", options), ("device", "tmpfs")];
        let options = options.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        spec.volumes.insert("data".into(), VolumeSpec { options, ..VolumeSpec::default() });
        assert_eq!(judged(&spec), vec![Ceiling::TmpfsBytes; expected]);
    }

    #[test]
    fn objects_are_counted_and_weighed() {
        let mut spec = app(|_| ());
        let config = |bytes: usize| ConfigSpec {
            name: "c".into(),
            source: ObjectSource::Content(FileContent { path: "c".into(), bytes: vec![0; bytes] }),
            template_driver: None,
            labels: BTreeMap::new(),
        };
        spec.configs = (0..101).map(|n| (n.to_string(), config(100_000))).collect();
        assert_eq!(judged(&spec), [Ceiling::Configs, Ceiling::ObjectBytes]);
    }

    #[test]
    fn more_tasks_than_memory_are_refused() {
        let mut spec = app(|app| app.mode = Mode::Replicated(10));
        let app = spec.services["app"].clone();
        spec.services = (0..5).map(|n| (format!("s{n}"), app.clone())).collect();
        assert_eq!(judged(&spec), [Ceiling::MemoryPerUnit], "50 × 128 MiB is more than 6 GiB");
    }
}
