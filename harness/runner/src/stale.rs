//! Declarations of a suite that are not so, or not so any more.
//!
//! A declaration that nothing answers to would hide the next gap of the same name.

use std::collections::{BTreeMap, BTreeSet};

use cc_ci_model::{Event, Tier};
use cc_ci_suite::Suite;

use crate::life::Life;

/// An event for every declaration that the attempt did not bear out. What the attempt did not look
/// at is not judged.
pub(crate) fn declarations(life: &Life<'_>, walked: &[Tier]) -> Vec<Event> {
    let Suite { unproven_stores, expected_na, .. } = &life.plan.suite;
    let stores = life.excused.iter().flat_map(|excused| stores(unproven_stores, excused));
    stores.chain(tiers(expected_na, walked)).collect()
}

fn stores(
    declared: &BTreeMap<String, String>,
    excused: &BTreeSet<String>,
) -> impl Iterator<Item = Event> {
    declared.keys().filter(|store| !excused.contains(*store)).map(|store| Event::StaleDeclaration {
        declaration: format!("unproven_stores.{store:?}"),
        reason: "no store of that name was found that cannot be written to".to_owned(),
    })
}

fn tiers(declared: &BTreeMap<Tier, String>, walked: &[Tier]) -> impl Iterator<Item = Event> {
    declared.keys().filter(|tier| walked.contains(tier)).map(|tier| Event::StaleDeclaration {
        declaration: format!("expected_na.{tier}"),
        reason: "the tier had something to prove".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(events: impl Iterator<Item = Event>) -> Vec<String> {
        let name = |event| match event {
            Event::StaleDeclaration { declaration, .. } => declaration,
            other => panic!("{other:?}"),
        };
        events.map(name).collect()
    }

    #[test]
    fn a_store_that_nobody_found_is_stale() {
        let entry = |name: &str| (name.to_owned(), "why".to_owned());
        let declared = BTreeMap::from([entry("redis:cache"), entry("postgres:db")]);
        let excused = BTreeSet::from(["postgres:db".to_owned()]);
        assert_eq!(names(stores(&declared, &excused)), ["unproven_stores.\"redis:cache\""]);
    }

    #[test]
    fn a_tier_that_ran_is_stale() {
        let entry = |tier| (tier, "why".to_owned());
        let declared = BTreeMap::from([entry(Tier::Backup), entry(Tier::Upgrade)]);
        let walked = [Tier::Deploy, Tier::Backup];
        assert_eq!(names(tiers(&declared, &walked)), ["expected_na.backup"]);
    }
}
