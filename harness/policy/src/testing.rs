//! Small stacks for tests.

use std::collections::BTreeMap;

use cc_ci_model::{ServiceSpec, StackName, StackSpec};

use crate::Need;

/// A stack with one service `app`.
pub(crate) fn app(change: impl FnOnce(&mut ServiceSpec)) -> StackSpec {
    let mut service = ServiceSpec { image: "a:1".into(), ..ServiceSpec::default() };
    change(&mut service);
    StackSpec {
        name: StackName::new("shop-abc123").unwrap(),
        services: BTreeMap::from([("app".to_owned(), service)]),
        networks: BTreeMap::new(),
        volumes: BTreeMap::new(),
        secrets: BTreeMap::new(),
        configs: BTreeMap::new(),
    }
}

/// The grants that one kind of power asks for.
pub(crate) fn asked(needs: fn(&StackSpec) -> Vec<Need>, spec: &StackSpec) -> Vec<String> {
    let words = |need: Need| need.grant.map_or("nothing helps".to_owned(), |g| g.to_string());
    needs(spec).into_iter().map(words).collect()
}
