//! A stack that runs on the fake engine.

use std::time::Duration;

use cc_ci_backup::{RepositoryVolume, Toolbox};
use cc_ci_engine::fake::FakeEngine;
use cc_ci_engine::stack::{self, SecretValues};
use cc_ci_engine::{LABEL_NAMESPACE, Selector};
use cc_ci_model::{Ceilings, StackSpec};
use cc_ci_probe::Access;
use cc_ci_suite::{Suite, Words};
use tokio::sync::OnceCell;

use crate::Standing;

pub(crate) use cc_ci_testkit::stack::services;

const TOOLBOX: &str = "toolbox:1";

/// A stack on the fake engine, with the suite of its recipe.
pub(crate) struct Scene {
    pub(crate) fake: FakeEngine,
    spec: StackSpec,
    suite: Suite,
    ceilings: Ceilings,
    toolbox: OnceCell<Toolbox>,
}

impl Scene {
    pub(crate) fn new(spec: StackSpec, suite: Suite) -> Self {
        let fake = FakeEngine::with_images(spec.services.values().map(|s| s.image.as_str()));
        fake.add_image(TOOLBOX);
        let ceilings = Ceilings::of_machine(8 << 30);
        Self { fake, spec, suite, ceilings, toolbox: OnceCell::new() }
    }

    /// The stack once its tasks and its toolbox run.
    pub(crate) async fn standing(&self) -> Standing<'_> {
        Standing {
            engine: &self.fake,
            spec: &self.spec,
            objects: Selector::stack(self.spec.name.as_str()),
            toolbox: Some(self.toolbox.get_or_init(|| self.deployed()).await),
            ceilings: &self.ceilings,
            access: Access { gateway: None, edge: None },
            words: Words::default(),
            canaries: &self.suite.canaries,
            limit: self.suite.timeouts.check,
        }
    }

    async fn deployed(&self) -> Toolbox {
        let name = self.spec.name.as_str();
        let labels = [(LABEL_NAMESPACE.to_owned(), name.to_owned())];
        stack::deploy(&self.fake, &self.spec, &labels, &SecretValues::new()).await.unwrap();
        let repository = RepositoryVolume::called(&format!("{name}_repository"));
        let toolbox = Toolbox::start(&self.fake, &self.spec, &repository, TOOLBOX, &labels).await;
        tokio::time::sleep(Duration::from_secs(10)).await;
        toolbox.unwrap()
    }
}
