//! The engine that is put to the test.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cc_ci_model::{RunId, ServiceSpec, StackName, StackSpec, sha256_hex};

use super::broken::{Broken, ensure};
use super::build;
use super::watch::Watch;
use crate::{
    ContainerSpec, Engine, LABEL_RUN, Node, Object, ObjectKind, Selector, TaskState,
    stack::{self, SecretValues},
};

/// An engine, and what the promises may use on it.
pub struct Subject<'a> {
    /// The engine.
    pub engine: &'a dyn Engine,
    /// An image on its node that runs for ever by itself and has `/bin/sh`, `cat`, `tee` and
    /// `printenv`.
    pub image: String,
    /// Value of the label [`LABEL_RUN`] of everything that a promise creates; unique to this test.
    pub run: RunId,
}

impl<'a> Subject<'a> {
    /// A subject with `image` on `engine`.
    pub fn new(engine: &'a dyn Engine, image: impl Into<String>, run: RunId) -> Self {
        Self { engine, image: image.into(), run }
    }

    /// Removes whatever a promise left; what cannot be removed is a broken promise.
    ///
    /// # Errors
    /// [`Broken`] names what is still there.
    pub async fn clean(&self) -> Result<(), Broken> {
        let down = stack::down(self.engine, &self.mine(), Duration::from_secs(30)).await?;
        ensure(down.left.is_empty(), "nothing left of the test", down)
    }

    pub(super) fn mine(&self) -> Selector {
        Selector::label(LABEL_RUN, self.run.as_str())
    }

    pub(super) fn labels(&self) -> Vec<(String, String)> {
        vec![(LABEL_RUN.to_owned(), self.run.to_string())]
    }

    /// A name on the engine that no other test has.
    pub(super) fn name(&self, what: &str) -> String {
        format!("{}-{what}", self.prefix())
    }

    fn prefix(&self) -> String {
        format!("t{}", &sha256_hex(self.run.as_str().as_bytes())[..10])
    }

    pub(super) fn stack_name(&self) -> Result<StackName, Broken> {
        StackName::new(self.prefix()).map_err(|error| Broken::Promise {
            expected: "a stack name".to_owned(),
            found: error.to_string(),
        })
    }

    /// A stack of one service after `change`.
    pub(super) fn stack(&self, change: impl FnOnce(&mut ServiceSpec)) -> Result<StackSpec, Broken> {
        let mut stack = build::one_service(&self.stack_name()?, &self.image);
        if let Some(service) = stack.services.values_mut().next() {
            change(service);
        }
        Ok(stack)
    }

    pub(super) async fn deploy(&self, spec: &StackSpec) -> Result<(), Broken> {
        Ok(stack::deploy(self.engine, spec, &self.labels(), &SecretValues::new()).await?)
    }

    /// Deploys and waits until the only service has a running task.
    pub(super) async fn run(&self, spec: &StackSpec) -> Result<(Watch<'a>, TaskState), Broken> {
        let mut watch = Watch::begin(self).await?;
        self.deploy(spec).await?;
        let task = watch.running().await?;
        Ok((watch, task))
    }

    /// The node of a task, and the id of its container there.
    pub(super) async fn there<'t>(
        &self,
        task: &'t TaskState,
    ) -> Result<(Arc<dyn Node>, &'t str), Broken> {
        let (node, container) = task.place().ok_or_else(|| Broken::Promise {
            expected: "a container of the task on a node".to_owned(),
            found: format!("{task:?}"),
        })?;
        Ok((self.engine.at(node).await?, container))
    }

    /// A container of our own that runs for ever.
    pub(super) fn own(&self, what: &str) -> ContainerSpec {
        ContainerSpec {
            name: self.name(what),
            image: self.image.clone(),
            labels: self.labels().into_iter().collect(),
            ..ContainerSpec::default()
        }
    }

    /// What has to be removed to remove `name`.
    pub(super) async fn object(&self, kind: ObjectKind, name: &str) -> Result<Object, Broken> {
        let all = self.engine.inventory(&self.mine()).await?;
        let found = all.iter().find(|object| object.kind == kind && object.name == name).cloned();
        found.ok_or_else(|| Broken::Promise {
            expected: format!("{} {name} in the inventory", kind.as_str()),
            found: format!("{all:?}"),
        })
    }

    /// How many objects of each kind are there.
    pub(super) async fn kinds(&self) -> Result<BTreeMap<ObjectKind, usize>, Broken> {
        let mut kinds = BTreeMap::new();
        for object in self.engine.inventory(&self.mine()).await? {
            *kinds.entry(object.kind).or_default() += 1;
        }
        Ok(kinds)
    }
}
