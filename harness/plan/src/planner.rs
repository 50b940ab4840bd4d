//! From a recipe and its suite to the plan of a unit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cc_ci_lint::diff;
use cc_ci_model::{Ceiling, Ceilings, Leg, Owner, RunId, StackName, Tier, UnitHead, UnitId};
use cc_ci_policy::{Grant, exceeded};
use cc_ci_recipe::{Instance, RecipeError, Resolved, changed_configs, timeout};
use cc_ci_source::{Greens, Point};
use cc_ci_suite::{Places, Suite};

use crate::abra;
use crate::again::{Again, rerun};
use crate::asked::Asked;
use crate::base::{base, is_newer, typed_commit};
use crate::catalogue::Catalogue;
use crate::error::{Blame, PlanError};
use crate::files;
use crate::inputs;
use crate::linting;
use crate::powers::Powers;
use crate::probes::refuse_broken_probes;
use crate::root::Origin;
use crate::scratch::Scratch;
use crate::tiers::{Reboot, deploys, refuse_reboot, tiers};
use crate::trust::Trust;
use crate::unit::{LegPlan, SidePlan, UnitPlan};
use crate::unread;

/// The domain under which the edge routes to a stack. `.test` is reserved (RFC 2606): it can
/// never reach a real host.
const DOMAIN: &str = "cc-ci.test";

/// Whose mistake it is matters more than anything else about it.
pub(crate) const SUITE_HINT: &str = "mend the file under suites/; the recipe has no part in this";

/// What was asked for beside the recipe.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The version that the upgrade starts from, or a commit as `#COMMIT`.
    pub from: Option<String>,
    /// The tiers; every usual tier where this is empty.
    pub tiers: Vec<Tier>,
    /// Powers that were granted on the command line.
    pub grants: Vec<Grant>,
    /// The tiers of the run that this one answers, whose inputs are to be compared.
    pub answers: Option<Vec<Tier>>,
}

/// A planned unit, and what is worth saying about it.
#[derive(Debug)]
pub struct Planned {
    /// The unit.
    pub unit: UnitPlan,
    /// What the user should know; none of it keeps the unit from being tested.
    pub warnings: Vec<String>,
    /// The hash of the inputs as it would be with the tiers of the run that is answered.
    pub inputs_then: Option<String>,
}

/// Plans units on one machine.
#[derive(Debug, Clone)]
pub struct Planner<'a> {
    /// Where recipes come from.
    pub catalogue: &'a Catalogue,
    /// The folder for what outlives a run.
    pub state: &'a Path,
    /// The folder for temporary files.
    pub temp: &'a Path,
    /// How much of the machine one unit may take.
    pub ceilings: &'a Ceilings,
    /// The ceilings that flags set; the command for a rerun repeats them.
    pub typed_ceilings: &'a [(Ceiling, u64)],
    /// Whether the reboot tier may restart the engine's daemon.
    pub reboot: Reboot,
}

impl Planner<'_> {
    /// Plans the unit that tests `asked`.
    ///
    /// # Errors
    /// It cannot be planned; [`PlanError::blame`] says who must act.
    pub async fn plan(
        &self,
        run: &RunId,
        asked: &Asked,
        wish: &Wish,
    ) -> Result<Planned, PlanError> {
        let catalogue = self.catalogue;
        let opened = catalogue.open(asked).await?;
        let head = match &asked.version {
            Some(wanted) => opened.version(wanted)?,
            None => &opened.head,
        };
        let trust = catalogue.trust(asked);
        let suites = trust.has_suites().then(|| catalogue.root().folder()).transpose()?;
        let suites = suites.map(|root| root.join("suites"));
        let places = Places::of(suites.as_deref(), opened.name.as_str());
        let mut suite = Suite::load(suites.as_deref(), opened.name.as_str())
            .map_err(|error| PlanError::new(Blame::Suite, error).hint(SUITE_HINT))?;
        if self.reboot == Reboot::Forbidden {
            refuse_reboot(&wish.tiers)?;
            suite.also.remove(&Tier::Reboot);
        }
        let tiers = tiers(&wish.tiers, &suite.also);
        self.reboot.refuse_impossible(&tiers)?;
        let mut warnings: Vec<_> = opened.warnings.iter().map(ToString::to_string).collect();
        let greens = Greens::new(self.state);
        let last_green = catalogue.source(asked).map(|source| greens.last(&source, &opened.name));
        let last_green = last_green.transpose().map(Option::flatten).unwrap_or_else(|error| {
            warnings.push(error.to_string());
            None
        });
        let typed_base = typed_commit(catalogue, asked, wish).await?;
        let (base, base_reason) =
            base(&opened, head, wish, &tiers, last_green.as_ref(), typed_base.as_ref())?;
        // Nothing of a run is shared: its files are read from checkouts of its own.
        let scratch = Scratch::make(self.temp).map_err(PlanError::machine)?;
        let points: Vec<&Point> = base.iter().copied().chain([head]).collect();
        let recipe = opened.recipe(scratch.path(), &points).await?;

        let unit = UnitId::of(&recipe.name, &head.version);
        let stack = StackName::derive(run, &unit);
        let domain = format!("{stack}.{DOMAIN}");
        let resolve =
            |point: &Point, stack: &StackName| -> Result<(SidePlan, Resolved), PlanError> {
                let version = &point.version;
                let instance = Instance { stack, domain: &domain, settings: &suite.settings };
                let resolved = recipe.stack(version, &instance).map_err(unreadable)?;
                let (mut spec, env) = (resolved.spec.clone(), resolved.env.clone());
                abra::label(&mut spec, &recipe.name, point);
                Ok((SidePlan { version: version.clone(), spec, env }, resolved))
            };
        let (target, new) = resolve(head, &stack)?;
        let (base_side, old) = base.map(|base| resolve(base, &stack)).transpose()?.unzip();
        let (mut beside, mut again) = (BTreeMap::new(), Vec::new());
        let legs = Leg::FROM_SNAPSHOT.into_iter();
        for leg in legs.filter(|leg| tiers.iter().any(|tier| Leg::of(*tier) == *leg)) {
            let stack = StackName::derive_leg(run, &unit, leg);
            // Only what is broken off in the middle of an upgrade begins at the base.
            let base = base.filter(|_| leg == Leg::Interrupt);
            let (base, old) = base.map(|base| resolve(base, &stack)).transpose()?.unzip();
            let (target, new) = resolve(head, &stack)?;
            again.extend(old.into_iter().chain([new]));
            beside.insert(leg, LegPlan { base, target });
        }
        let folders: Vec<_> = points.iter().map(|point| recipe.folder(&point.version)).collect();
        let folders: Vec<&Path> = folders.iter().map(|folder| &**folder).collect();
        let read = new.env.keys().chain(&new.unset).map(String::as_str);
        if let Some(unread) = unread::setting(&suite, &places, &folders, read) {
            // The suite may know of what a newer version reads, or be lent to another recipe of the name.
            let newest = opened.known.iter().all(|known| !is_newer(known, head));
            if newest && trust != Trust::Lent {
                return Err(PlanError::new(Blame::Suite, unread).hint(SUITE_HINT));
            }
            warnings.push(unread);
        }
        let lint = linting::verdict(&linting::judge(&recipe, &opened, head, base)?.report);
        let changes = old.as_ref().map(|old| diff(old, &new).to_string());
        let conflicts = old.as_ref().map(|old| changed_configs(&old.spec, &new.spec));
        let conflicts = conflicts.unwrap_or_default().iter().map(ToString::to_string).collect();
        if let Some(limit) = old.iter().chain([&new]).filter_map(|side| timeout(&side.spec)).max() {
            suite.allow(limit);
        }
        let root = catalogue.root().given();
        let powers = Powers { manifest: &opened.manifest, trust, typed: &wish.grants, root };
        let stacks = old.iter().chain([&new]).chain(&again).map(|stack| (stack, domain.as_str()));
        warnings.extend(powers.refuse(stacks)?);
        warnings.extend(new.mapped.iter().cloned());
        refuse_excess(self.ceilings, base_side.iter().chain([&target]))?;
        let substitutes = recipe.manifest.substitutes.iter();
        let again = asked.again(head);
        let commit = |point: &Point| point.commit().map(ToString::to_string);
        let mut plan = UnitPlan {
            head: UnitHead {
                unit,
                recipe: recipe.name.clone(),
                version: head.version.clone(),
                commit: commit(head),
                release: head.is_release(),
                base: base.map(|point| point.version.clone()),
                base_commit: base.and_then(commit),
                base_reason,
                stack,
                deploys: deploys(&tiers, &target.spec, base.is_some()),
                tiers: tiers.clone(),
                rerun: rerun(&Again {
                    asked: &again,
                    wish,
                    base,
                    reboots: tiers.contains(&Tier::Reboot),
                    ceilings: self.typed_ceilings,
                    root: match catalogue.root().origin() {
                        Origin::Named => root,
                        Origin::Found | Origin::Bundled => None,
                    },
                    within: root.filter(|_| trust == Trust::Found),
                }),
                asked: again,
                inputs_sha256: String::new(),
            },
            domain,
            base: base_side,
            target,
            beside,
            lint,
            changes,
            conflicts,
            files: BTreeMap::new(),
            tiers,
            suite,
            substitutes: substitutes.map(|s| (s.image.clone(), s.with.clone())).collect(),
        };
        plan.files =
            files::hashes(&recipe, &points, suites.as_deref()).map_err(PlanError::machine)?;
        refuse_broken_probes(&plan, &places)?;
        let versions: Vec<_> = points.iter().map(|point| &point.version).collect();
        let read = (&recipe, scratch.path());
        plan.head.inputs_sha256 = inputs::hash(read, &versions, &plan.tiers, &plan.suite)?;
        let then = wish.answers.as_deref();
        let then =
            then.map(|tiers| inputs::hash(read, &versions, tiers, &plan.suite)).transpose()?;
        Ok(Planned { unit: plan, warnings, inputs_then: then })
    }
}

/// What asks for more of the machine than its ceilings allow is refused before anything is created.
fn refuse_excess<'a>(
    ceilings: &Ceilings,
    sides: impl Iterator<Item = &'a SidePlan>,
) -> Result<(), PlanError> {
    let found = exceeded(sides.map(|side| &side.spec), ceilings);
    if found.is_empty() {
        return Ok(());
    }
    let words: Vec<_> = found.iter().map(ToString::to_string).collect();
    let hints: BTreeSet<_> = found.iter().map(|exceeded| exceeded.ceiling.remedy()).collect();
    let error = PlanError::recipe(words.join("\n"));
    Err(hints.into_iter().fold(error, PlanError::hint))
}

/// Why a version's files cannot be read, with the next move.
fn unreadable(error: RecipeError) -> PlanError {
    // What the machine did not let us read is no mistake of the recipe.
    let harness = error.owner() == Some(Owner::Harness);
    let blame = if harness { Blame::Machine } else { Blame::Recipe };
    PlanError::new(blame, error).hint("mend the file, or test another version with RECIPE@VERSION")
}
