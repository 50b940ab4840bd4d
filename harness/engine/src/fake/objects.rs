//! Networks, volumes, secrets and configs.

use std::collections::BTreeMap;

use cc_ci_model::{NetworkSpec, VolumeSpec};
use tokio::time::Instant;

use super::world::World;
use crate::{EngineError, ObjectKind};

/// An object beside the services.
#[derive(Debug)]
pub(super) struct Thing {
    pub(super) kind: ObjectKind,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) created: Instant,
    /// Content of a secret or config.
    pub(super) data: Vec<u8>,
    /// Whether plain containers may join a network.
    pub(super) attachable: bool,
}

impl World {
    pub(super) fn thing(&self, kind: ObjectKind, name: &str) -> Result<&Thing, EngineError> {
        self.things
            .iter()
            .find(|thing| thing.kind == kind && (thing.name == name || thing.id == name))
            .ok_or_else(|| missing(kind, name))
    }

    pub(super) fn add_network(
        &mut self,
        spec: &NetworkSpec,
        labels: &[(String, String)],
    ) -> Result<String, EngineError> {
        let labels = merged(&spec.labels, labels);
        let id = self.add_thing(ObjectKind::Network, &spec.name, labels, Vec::new())?;
        if let Some(thing) = self.things.last_mut() {
            thing.attachable = spec.attachable;
        }
        Ok(id)
    }

    pub(super) fn add_volume(
        &mut self,
        spec: &VolumeSpec,
        labels: &[(String, String)],
    ) -> Result<(), EngineError> {
        let Ok(volume) = self.thing(ObjectKind::Volume, &spec.name) else {
            let labels = merged(&spec.labels, labels);
            return self.add_thing(ObjectKind::Volume, &spec.name, labels, Vec::new()).map(drop);
        };
        match labels.iter().find(|(key, value)| volume.labels.get(key) != Some(value)) {
            None => Ok(()),
            Some((key, value)) => Err(EngineError::Conflict {
                object: format!("volume {}", spec.name),
                message: format!("a volume of this name exists without the label {key}={value}"),
            }),
        }
    }

    pub(super) fn add_thing(
        &mut self,
        kind: ObjectKind,
        name: &str,
        labels: BTreeMap<String, String>,
        data: Vec<u8>,
    ) -> Result<String, EngineError> {
        if self.thing(kind, name).is_ok() {
            return Err(EngineError::Conflict {
                object: format!("{} {name}", kind.as_str()),
                message: format!("{} with name {name} already exists", kind.as_str()),
            });
        }
        let id = match kind {
            ObjectKind::Volume => name.to_owned(),
            _ => self.short_id(kind.as_str()),
        };
        self.things.push(Thing {
            kind,
            id: id.clone(),
            name: name.to_owned(),
            labels,
            created: self.now,
            data,
            attachable: false,
        });
        self.emit(kind.as_str(), "create", &id, [("name", name.to_owned())]);
        Ok(id)
    }
}

pub(super) fn missing(kind: ObjectKind, name: &str) -> EngineError {
    EngineError::NotFound { object: format!("{} {name}", kind.as_str()) }
}

pub(super) fn merged(
    own: &BTreeMap<String, String>,
    ours: &[(String, String)],
) -> BTreeMap<String, String> {
    own.clone().into_iter().chain(ours.iter().cloned()).collect()
}
