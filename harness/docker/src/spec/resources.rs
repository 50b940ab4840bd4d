//! Limits and reservations.

use bollard::models::{Limit, ResourceObject, TaskSpecResources};
use cc_ci_model::Resources;

pub(super) fn resources(wanted: &Resources) -> TaskSpecResources {
    let limits = Limit {
        nano_cpus: wanted.limit_nano_cpus,
        memory_bytes: wanted.limit_memory_bytes,
        pids: wanted.limit_pids,
    };
    let reservations = ResourceObject {
        nano_cpus: wanted.reserve_nano_cpus,
        memory_bytes: wanted.reserve_memory_bytes,
        generic_resources: None,
    };
    TaskSpecResources {
        limits: (limits != Limit::default()).then_some(limits),
        reservations: (reservations != ResourceObject::default()).then_some(reservations),
        ..TaskSpecResources::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_wanted_is_nothing_sent() {
        assert_eq!(resources(&Resources::default()), TaskSpecResources::default());
        let limited = Resources { limit_pids: Some(64), ..Resources::default() };
        let sent = resources(&limited);
        assert_eq!(sent.limits.unwrap().pids, Some(64));
        assert_eq!(sent.reservations, None);
    }
}
