//! Everything that carries a label.

use super::world::World;
use crate::{Object, ObjectKind, Selector};

impl World {
    pub(super) fn inventory(&self, selector: Option<&Selector>) -> Vec<Object> {
        let services = self.services.iter().map(|service| Object {
            kind: ObjectKind::Service,
            id: service.id.clone(),
            name: service.object.name.clone(),
            labels: service.object.all_labels(),
            created: self.clock.text(service.created),
        });
        let containers = self.containers.iter().map(|container| Object {
            kind: ObjectKind::Container,
            id: container.id.clone(),
            name: container.name.clone(),
            labels: container.labels.clone(),
            created: self.clock.text(container.created),
        });
        let things = self.things.iter().map(|thing| Object {
            kind: thing.kind,
            id: thing.id.clone(),
            name: thing.name.clone(),
            labels: thing.labels.clone(),
            created: self.clock.text(thing.created),
        });
        let all = services.chain(containers).chain(things);
        let mut found: Vec<Object> =
            all.filter(|o| selector.is_none_or(|wanted| wanted.matches(&o.labels))).collect();
        found.sort();
        found
    }
}
