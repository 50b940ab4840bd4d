//! The experiments that classification asks for, each in a file of its own.
//!
//! A new kind of experiment is a new variant of [`Experiment`], a new file and one line in [`make`].

mod rerun_alone;

use std::collections::BTreeSet;

use cc_ci_classify::{Experiment, Step, dossiers, step};
use cc_ci_model::UnitId;
use cc_ci_plan::UnitPlan;

use crate::Runner;

/// Asks `classify` and does what it wants to know, until it wants nothing more.
pub(crate) async fn carry_out(runner: &Runner, units: &[UnitPlan]) {
    // Units whose experiment could not be made as asked. It is not made again; the others get theirs.
    let mut given_up = BTreeSet::new();
    while !runner.world.cancel.is_cancelled() && !runner.outages.gone.is_cancelled() {
        let journal = &runner.world.journal;
        let wanted: Vec<(UnitId, Experiment)> = journal
            .read(dossiers)
            .iter()
            .filter_map(|dossier| match step(dossier) {
                Step::Need(experiment) => Some((dossier.unit.clone()?, experiment)),
                Step::Label(_) => None,
            })
            .collect();
        let ids = units.iter().map(|plan| &plan.head.unit);
        let Some((at, experiment)) = next_experiment(ids, &wanted, &given_up) else { return };
        let unit = &units[at].head.unit;
        let last = journal.read(|records| {
            let attempts = records.iter().filter(|record| record.unit.as_ref() == Some(unit));
            attempts.map(|record| record.attempt).max().unwrap_or(0)
        });
        if !make(runner, experiment, &units[at], last + 1).await {
            given_up.insert(unit.clone());
        }
    }
}

/// Makes one experiment with the unit, in the attempt of this number. False where it could not be made as
/// asked.
async fn make(runner: &Runner, experiment: Experiment, plan: &UnitPlan, attempt: u32) -> bool {
    match experiment {
        Experiment::RerunAlone => rerun_alone::make(runner, plan, attempt).await,
    }
}

/// The first of `units` that an experiment is wanted for, by its position. One rerun of a unit answers for
/// all of its red cases.
fn next_experiment<'a>(
    units: impl IntoIterator<Item = &'a UnitId>,
    wanted: &[(UnitId, Experiment)],
    given_up: &BTreeSet<UnitId>,
) -> Option<(usize, Experiment)> {
    units.into_iter().enumerate().filter(|(_, unit)| !given_up.contains(unit)).find_map(
        |(at, unit)| {
            let (_, experiment) = wanted.iter().find(|(of, _)| of == unit)?;
            Some((at, *experiment))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_experiment_that_could_not_be_made_does_not_end_the_others() {
        let unit = |name: &str| UnitId::new(format!("{name}@1.0.0+1")).unwrap();
        let units = [unit("green"), unit("stuck"), unit("red")];
        let wanted: Vec<_> = [unit("red"), unit("stuck"), unit("elsewhere")]
            .into_iter()
            .map(|unit| (unit, Experiment::RerunAlone))
            .collect();
        let next = |given_up: &[UnitId]| {
            let given_up = given_up.iter().cloned().collect();
            next_experiment(&units, &wanted, &given_up).map(|(at, _)| at)
        };
        assert_eq!(next(&[]), Some(1));
        assert_eq!(next(&[unit("stuck")]), Some(2));
        assert_eq!(next(&[unit("stuck"), unit("red")]), None);
    }
}
