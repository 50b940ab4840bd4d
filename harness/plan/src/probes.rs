//! Whether the probes of a suite can be built for the stack under test.

use std::collections::BTreeMap;
use std::error::Error;

use cc_ci_model::{ObjectSource, Secret, StackSpec};
use cc_ci_suite::{Places, Words};

use crate::error::{Blame, PlanError};
use crate::planner::SUITE_HINT;
use crate::unit::UnitPlan;

/// A suite's mistakes are found here, before anything is deployed.
pub(crate) fn refuse_broken_probes(plan: &UnitPlan, places: &Places) -> Result<(), PlanError> {
    let dummies = |spec: &StackSpec| -> BTreeMap<String, Secret> {
        let made_up = spec.secrets.iter().filter(|(_, secret)| match &secret.source {
            ObjectSource::Generate { .. } | ObjectSource::Passphrase { .. } => true,
            ObjectSource::Content(_) | ObjectSource::External => false,
        });
        made_up.map(|(key, _)| (key.clone(), Secret::from("placeholder"))).collect()
    };
    let side = &plan.target;
    let stack = plan.head.stack.as_str();
    let words = Words::of(stack, &plan.domain, &side.env, &dummies(&side.spec));
    let words = words.with_nonce("placeholder");
    let suite = &plan.suite;
    let ready = suite.ready.iter().map(|ready| (&ready.id, &ready.probe));
    let checks = suite.checks.iter().map(|check| (&check.id, &check.probe));
    let canaries = suite.canaries.iter();
    let canaries = canaries.flat_map(|c| [(&c.id, &c.write), (&c.id, &c.read)]);
    for (id, probe) in ready.chain(checks).chain(canaries) {
        let refuse = |error: Box<dyn Error + Send + Sync>| {
            let said = error.to_string();
            // What the message quotes is what stands in the file.
            let mut words: Vec<&str> = said.split('"').skip(1).step_by(2).collect();
            words.extend(
                said.split_once('}')
                    .and_then(|(word, _)| word.rfind("${").map(|at| &said[at..=word.len()])),
            );
            let place = places.of_item(id.as_str(), &words);
            let place = place.map_or_else(String::new, |place| format!("{place}: "));
            let context = format!("{place}suite of {}, {id}", plan.head.recipe);
            PlanError::new(Blame::Suite, error).context(context).hint(SUITE_HINT)
        };
        let filled = words.fill(probe).map_err(|error| refuse(error.into()))?;
        cc_ci_probe::build(&filled).map_err(|error| {
            let hint = error.hint();
            let refused = refuse(error.into());
            hint.into_iter().fold(refused, PlanError::hint)
        })?;
    }
    Ok(())
}
