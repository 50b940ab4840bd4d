//! What one unit will do, before it does anything.

use std::collections::{BTreeMap, BTreeSet};

use cc_ci_model::{Leg, StackSpec, Tier, UnitHead, Version};
use cc_ci_suite::Suite;
use serde::Serialize;

/// One side of an upgrade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SidePlan {
    /// Its version.
    pub version: Version,
    /// The stack, fully resolved, with images as the recipe names them.
    pub spec: StackSpec,
    /// The app's environment.
    pub env: BTreeMap<String, String>,
}

/// What the rules say about a recipe's files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct LintVerdict {
    /// Each broken rule of severity error: its id, and what was found with file and line.
    pub errors: Vec<(String, String)>,
    /// Number of findings that are no errors.
    pub lesser: usize,
    /// Every finding, whatever its severity.
    pub findings: Vec<LintFinding>,
    /// The whole report as text.
    pub text: String,
}

/// One finding of the lint.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct LintFinding {
    /// The rule's id.
    pub rule: String,
    /// The rule's name in words.
    pub name: String,
    /// File, line and what was found.
    pub message: String,
    /// The keys that lead there; may be empty.
    pub key: String,
    /// What to do about it.
    pub fix: String,
}

/// What a leg deploys in a stack of its own, under the unit's domain, since apps store that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LegPlan {
    /// Where an upgrade in the leg starts; `None` deploys the head at once.
    pub base: Option<SidePlan>,
    /// The version under test.
    pub target: SidePlan,
}

/// One recipe at one version, with everything that is to be proven about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitPlan {
    /// Who and what.
    pub head: UnitHead,
    /// The domain that the edge routes to it.
    pub domain: String,
    /// Where the upgrade starts; `None` deploys the head at once.
    pub base: Option<SidePlan>,
    /// The version under test.
    pub target: SidePlan,
    /// The legs beside the main one that were asked for.
    pub beside: BTreeMap<Leg, LegPlan>,
    /// What the rules say about the version under test.
    pub lint: LintVerdict,
    /// What changes from base to target, for a reader; kept with the run.
    pub changes: Option<String>,
    /// Why the engine could not take the target over the base, one sentence each: what cannot be
    /// changed there was changed.
    pub conflicts: Vec<String>,
    /// Tiers that were asked for.
    pub tiers: Vec<Tier>,
    /// What is asserted.
    pub suite: Suite,
    /// The files that it was read from, each with its SHA-256.
    pub files: BTreeMap<String, String>,
    /// Images of the recipe → images that are built here and may stand in for them.
    pub substitutes: BTreeMap<String, String>,
}

impl UnitPlan {
    /// The sides of the upgrade in `leg`. A leg that was not planned has those of the main leg.
    #[must_use]
    pub fn sides(&self, leg: Leg) -> (Option<&SidePlan>, &SidePlan) {
        match self.beside.get(&leg) {
            Some(LegPlan { base, target }) => (base.as_ref(), target),
            None => (self.base.as_ref(), &self.target),
        }
    }

    /// Every side that is deployed in any leg.
    pub fn all_sides(&self) -> impl Iterator<Item = &SidePlan> {
        let beside = self.beside.values().flat_map(|leg| leg.base.iter().chain([&leg.target]));
        self.base.iter().chain([&self.target]).chain(beside)
    }

    /// The ports of the node that either side publishes: two stacks cannot have the same one.
    #[must_use]
    pub fn host_ports(&self) -> BTreeSet<u16> {
        let sides = self.base.iter().chain([&self.target]);
        let services = sides.flat_map(|side| side.spec.services.values());
        services.flat_map(|service| &service.ports).filter_map(|port| port.published).collect()
    }

    /// Every image that either side names, each once, in a stable order.
    #[must_use]
    pub fn images(&self) -> Vec<&str> {
        let sides = self.base.iter().chain([&self.target]);
        let mut images: Vec<_> = sides
            .flat_map(|side| side.spec.services.values())
            .map(|service| service.image.as_str())
            .collect();
        images.sort_unstable();
        images.dedup();
        images
    }
}
