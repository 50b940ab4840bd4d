//! Canary data in the app's own words, as the suite describes it.

use std::sync::Arc;

use async_trait::async_trait;
use cc_ci_model::Fault;
use cc_ci_probe::ProbeError;
use cc_ci_suite::CanarySpec;

use super::{Found, Saved, Store};
use crate::life::Life;
use crate::probing::{self, Unheld};

struct App {
    spec: CanarySpec,
}

pub(super) fn discover(life: &Life<'_>) -> Vec<Arc<dyn Store>> {
    let store = |spec: &CanarySpec| Arc::new(App { spec: spec.clone() }) as Arc<dyn Store>;
    life.plan.suite.canaries.iter().map(store).collect()
}

#[async_trait]
impl Store for App {
    fn name(&self) -> String {
        format!("app:{}", self.spec.id)
    }

    fn volume(&self) -> Option<&str> {
        None
    }

    fn is_read_in_place(&self) -> bool {
        false
    }

    fn saved(&self, life: &Life<'_>) -> Saved {
        match life.backup_plan() {
            Some(_) => Saved::Yes,
            None => Saved::No("the recipe has no backup".to_owned()),
        }
    }

    async fn write(&self, life: &Life<'_>, key: &str) -> Result<(), Fault> {
        let probe = probing::build(&life.words().with_nonce(key), &self.spec.write)?;
        let limit = life.plan.suite.timeouts.check;
        let result = probing::until_it_answers(probe.as_ref(), &life.access(), limit).await;
        result.map_err(Unheld::fault)
    }

    async fn find(&self, life: &Life<'_>, key: &str) -> Result<Found, Fault> {
        let probe = probing::build(&life.words().with_nonce(key), &self.spec.read)?;
        let limit = life.plan.suite.timeouts.check;
        match probing::until_it_answers(probe.as_ref(), &life.access(), limit).await {
            Ok(()) => Ok(Found::Intact),
            // The app answered: what was written is not there.
            Err(Unheld::Said(ProbeError::Unmet { .. })) => Ok(Found::Gone),
            Err(error) => Err(error.fault()),
        }
    }

    async fn damage(&self, _life: &Life<'_>, _key: &str) -> Result<bool, Fault> {
        Ok(false)
    }

    fn forgets(&self) -> bool {
        false
    }

    async fn clear(&self, _life: &Life<'_>, _key: &str) -> Result<(), Fault> {
        // Suites do not say how the app forgets; what it keeps does no harm to it.
        Ok(())
    }
}
