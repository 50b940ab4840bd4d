//! Limits and reservations.

use bollard::models::{
    GenericResourcesInner, GenericResourcesInnerDiscreteResourceSpec, Limit, ResourceObject,
    TaskSpecResources,
};
use cc_ci_model::{GenericResource, Resources};

pub(super) fn resources(wanted: &Resources) -> TaskSpecResources {
    let limits = Limit {
        nano_cpus: wanted.limit_nano_cpus,
        memory_bytes: wanted.limit_memory_bytes,
        pids: wanted.limit_pids,
    };
    let reservations = ResourceObject {
        nano_cpus: wanted.reserve_nano_cpus,
        memory_bytes: wanted.reserve_memory_bytes,
        generic_resources: (!wanted.reserve_generic.is_empty())
            .then(|| wanted.reserve_generic.iter().map(generic).collect()),
    };
    TaskSpecResources {
        limits: (limits != Limit::default()).then_some(limits),
        reservations: (reservations != ResourceObject::default()).then_some(reservations),
        ..TaskSpecResources::default()
    }
}

fn generic(wanted: &GenericResource) -> GenericResourcesInner {
    let discrete_resource_spec = Some(GenericResourcesInnerDiscreteResourceSpec {
        kind: Some(wanted.kind.clone()),
        value: Some(wanted.count),
    });
    GenericResourcesInner { discrete_resource_spec, named_resource_spec: None }
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

    #[test]
    fn what_nodes_count_themselves_is_sent() {
        let gpu = GenericResource { kind: "gpu".into(), count: 2 };
        let wanted = Resources { reserve_generic: vec![gpu], ..Resources::default() };
        let sent = resources(&wanted).reservations.unwrap().generic_resources.unwrap();
        let spec = sent[0].discrete_resource_spec.clone().unwrap();
        assert_eq!((spec.kind.as_deref(), spec.value), (Some("gpu"), Some(2)));
    }
}
