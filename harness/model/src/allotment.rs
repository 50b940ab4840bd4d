//! The share of a unit's ceilings that each task gets where the recipe names no limit.

use crate::{Ceiling, Ceilings, Mode, ServiceSpec, StackSpec};

/// What each task without a limit of its own gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allotment {
    /// Memory in bytes, whole MiB.
    pub memory: u64,
    /// Processes and threads.
    pub pids: u64,
}

/// How many tasks a service has; a global service has one on each node, and one is counted.
#[must_use]
pub fn tasks(service: &ServiceSpec) -> u64 {
    match service.mode {
        Mode::Replicated(replicas) => replicas,
        Mode::Global => 1,
    }
}

impl Allotment {
    /// Shares out evenly what the recipe's own limits leave of the unit's ceilings; no task gets more
    /// than the ceiling of one task. The share is 0 where the recipe's own limits leave nothing.
    #[must_use]
    pub fn of(stack: &StackSpec, ceilings: &Ceilings) -> Self {
        let share = |per_task, per_unit, named: fn(&ServiceSpec) -> Option<i64>| {
            let (mut taken, mut without) = (0_u64, 0_u64);
            for service in stack.services.values() {
                let tasks = tasks(service);
                match named(service).and_then(|limit| u64::try_from(limit).ok()) {
                    Some(limit) if limit > 0 => {
                        taken = taken.saturating_add(limit.saturating_mul(tasks));
                    }
                    Some(_) | None => without = without.saturating_add(tasks),
                }
            }
            let rest = ceilings.get(per_unit).saturating_sub(taken);
            (rest / without.max(1)).min(ceilings.get(per_task))
        };
        let memory = |service: &ServiceSpec| service.resources.limit_memory_bytes;
        let pids = |service: &ServiceSpec| service.resources.limit_pids;
        Self {
            memory: share(Ceiling::MemoryPerTask, Ceiling::MemoryPerUnit, memory) >> 20 << 20,
            pids: share(Ceiling::PidsPerTask, Ceiling::PidsPerUnit, pids),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{Resources, StackName};

    const GIB: u64 = 1 << 30;

    fn stack(services: &[(u64, Option<u64>)]) -> StackSpec {
        let service = |(replicas, limit): &(u64, Option<u64>)| ServiceSpec {
            mode: Mode::Replicated(*replicas),
            resources: Resources {
                limit_memory_bytes: limit.map(|limit| i64::try_from(limit).unwrap()),
                ..Resources::default()
            },
            ..ServiceSpec::default()
        };
        let named = services.iter().enumerate().map(|(n, s)| (n.to_string(), service(s)));
        StackSpec {
            name: StackName::new("s").unwrap(),
            services: named.collect(),
            networks: BTreeMap::new(),
            volumes: BTreeMap::new(),
            secrets: BTreeMap::new(),
            configs: BTreeMap::new(),
        }
    }

    /// 16 GiB of memory: 8 for a task, 12 for a unit.
    #[rstest::rstest]
    #[case::alone(&[(1, None)], 8 * GIB)]
    #[case::side_by_side(&[(1, None), (3, None)], 3 * GIB)]
    #[case::beside_a_named_limit(&[(1, None), (2, Some(2 * GIB))], 8 * GIB)]
    #[case::beside_large_ones(&[(2, None), (1, Some(8 * GIB))], 2 * GIB)]
    #[case::nothing_left(&[(1, None), (2, Some(8 * GIB))], 0)]
    #[case::endless(&[(u64::MAX, None), (u64::MAX, Some(GIB))], 0)]
    fn memory_is_shared_out(#[case] services: &[(u64, Option<u64>)], #[case] each: u64) {
        let mut ceilings = Ceilings::of_machine(0);
        ceilings.set(Ceiling::MemoryPerTask, 8 * GIB);
        ceilings.set(Ceiling::MemoryPerUnit, 12 * GIB);
        assert_eq!(Allotment::of(&stack(services), &ceilings).memory, each);
    }
}
