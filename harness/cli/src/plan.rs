//! From a recipe and its suite to the plan of a unit.

use std::collections::BTreeMap;
use std::path::PathBuf;

use cc_ci_model::{
    EndpointMode, ObjectSource, RunId, StackName, StackSpec, Tier, UnitHead, UnitId, Version,
    sha256_hex,
};
use cc_ci_recipe::{Instance, Recipe, RecipeError};
use cc_ci_suite::{SidePlan, Suite, UnitPlan, Words};

use crate::catalogue::Asked;
use crate::error::{CliError, Kind};
use crate::settings::Settings;

/// The domain under which the edge routes to a stack. `.test` is reserved (RFC 2606): it can
/// never reach a real host.
const DOMAIN: &str = "cc-ci.test";

/// Whose mistake it is matters more than anything else about it.
const SUITE_HINT: &str = "mend the file under suites/; the recipe has no part in this";

/// What was asked for beside the recipe.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wish {
    pub(crate) from: Option<String>,
    pub(crate) tiers: Vec<Tier>,
}

/// Plans the unit that tests `asked`.
pub(crate) fn plan(
    settings: &Settings,
    run: &RunId,
    asked: &Asked,
    wish: &Wish,
) -> Result<UnitPlan, CliError> {
    let recipe = asked.open(settings)?;
    let version = match &asked.version {
        Some(wanted) => recipe.version(wanted).map_err(CliError::usage)?.clone(),
        None => recipe.newest().clone(),
    };
    plan_version(settings, run, (asked, &recipe), &version, wish)
}

fn plan_version(
    settings: &Settings,
    run: &RunId,
    (asked, recipe): (&Asked, &Recipe),
    version: &Version,
    wish: &Wish,
) -> Result<UnitPlan, CliError> {
    let suites = settings.root().map_or_else(|_| PathBuf::new(), |root| root.join("suites"));
    let suite = Suite::load(&suites, recipe.name.as_str())
        .map_err(|error| CliError::new(Kind::Suite, error).hint(SUITE_HINT))?;
    let tiers = tiers(&wish.tiers);
    let (base, base_reason) = base(recipe, version, wish, &tiers)?;

    let unit = UnitId::of(&recipe.name, version);
    let stack = StackName::derive(run, &unit);
    let domain = format!("{stack}.{DOMAIN}");
    let side = |version: &Version| -> Result<SidePlan, CliError> {
        let instance = Instance { stack: &stack, domain: &domain, settings: &suite.settings };
        let resolved = recipe.stack(version, &instance).map_err(unreadable)?;
        Ok(SidePlan { version: version.clone(), spec: resolved.spec, env: resolved.env })
    };
    let target = side(version)?;
    let base_side = base.as_ref().map(side).transpose()?;
    let substitutes = recipe.manifest.substitutes.iter();
    let mut plan = UnitPlan {
        head: UnitHead {
            unit,
            recipe: recipe.name.clone(),
            version: version.clone(),
            base,
            base_reason,
            stack,
            deploys: 1,
            asked: asked.recipe.clone(),
            tiers: tiers.clone(),
            rerun: rerun(asked, version, wish),
            inputs_sha256: String::new(),
        },
        domain,
        base: base_side,
        target,
        tiers,
        suite,
        substitutes: substitutes.map(|s| (s.image.clone(), s.with.clone())).collect(),
    };
    refuse_broken_probes(&plan)?;
    plan.head.inputs_sha256 = sha256_hex(&serde_json::to_vec(&plan).map_err(CliError::bug)?);
    Ok(plan)
}

/// Why a version's files cannot be read, with the next move.
fn unreadable(error: RecipeError) -> CliError {
    CliError::usage(error).hint("mend the file, or test another version with RECIPE@VERSION")
}

/// The tiers that were asked for with those that they cannot do without: nothing runs without a
/// deploy, and there is nothing to restore without a backup. The upgrade is left out on purpose
/// where nobody asks for it.
fn tiers(asked: &[Tier]) -> Vec<Tier> {
    let needs = |tier: Tier| match tier {
        Tier::Deploy | Tier::Teardown => true,
        Tier::Backup => asked.contains(&Tier::Restore),
        Tier::Upgrade | Tier::Custom | Tier::Restore => false,
    };
    let wanted = |tier: &Tier| asked.is_empty() || asked.contains(tier) || needs(*tier);
    Tier::ALL.into_iter().filter(wanted).collect()
}

/// The command that does the same again, for a shell.
fn rerun(asked: &Asked, version: &Version, wish: &Wish) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    let word = |text: String| {
        if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
    };
    let mut command = format!("cc-ci rerun {}", word(format!("{}@{version}", asked.recipe)));
    if let Some(from) = &wish.from {
        command.push_str(&format!(" --from {}", word(from.clone())));
    }
    if !wish.tiers.is_empty() {
        let tiers: Vec<_> = wish.tiers.iter().map(|tier| tier.as_str()).collect();
        command.push_str(&format!(" --tiers {}", tiers.join(",")));
    }
    command
}

/// Where the upgrade starts: the version that was asked for, else the newest older one.
fn base(
    recipe: &Recipe,
    version: &Version,
    wish: &Wish,
    tiers: &[Tier],
) -> Result<(Option<Version>, String), CliError> {
    let chosen = match &wish.from {
        // The base alone would be deployed, and its green would be told of the head.
        Some(_) if !tiers.contains(&Tier::Upgrade) => {
            let message = "--from starts an upgrade, but the upgrade tier is not asked for";
            return Err(CliError::message(Kind::Usage, message)
                .hint("add upgrade to --tiers, or leave --from out"));
        }
        Some(from) => Some(recipe.version(from).map_err(CliError::usage)?),
        None if !tiers.contains(&Tier::Upgrade) => {
            return Ok((None, "the upgrade tier was not asked for".to_owned()));
        }
        None => recipe.older_than(version),
    };
    let Some(chosen) = chosen else {
        return Ok((None, format!("{} has no version older than {version}", recipe.name)));
    };
    if chosen == version {
        let message = format!("{version} is no upgrade from itself: nothing would move");
        return Err(CliError::message(Kind::Usage, message)
            .hint("name another version with --from, or another head with RECIPE@VERSION"));
    }
    let why =
        if wish.from.is_some() { "asked for with --from" } else { "the newest older version" };
    Ok((Some(chosen.clone()), why.to_owned()))
}

/// A suite's mistakes are found here, before anything is deployed.
fn refuse_broken_probes(plan: &UnitPlan) -> Result<(), CliError> {
    let dummies = |spec: &StackSpec| -> BTreeMap<String, Vec<u8>> {
        let made_up = spec
            .secrets
            .iter()
            .filter(|(_, secret)| matches!(secret.source, ObjectSource::Generate { .. }));
        made_up.map(|(key, _)| (key.clone(), b"placeholder".to_vec())).collect()
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
        let refuse = |error: anyhow::Error| {
            let context = format!("suite of {}, {id}", plan.head.recipe);
            CliError::new(Kind::Suite, error.context(context)).hint(SUITE_HINT)
        };
        let filled = words.fill(probe).map_err(|error| refuse(error.into()))?;
        cc_ci_probe::build(&filled).map_err(|error| refuse(error.into()))?;
    }
    Ok(())
}

/// The word for an endpoint mode, as Docker writes it.
pub(crate) fn endpoint_word(mode: EndpointMode) -> &'static str {
    match mode {
        EndpointMode::Vip => "vip",
        EndpointMode::Dnsrr => "dnsrr",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_again_is_the_same() {
        let asked = Asked::parse("./my recipes/shop");
        let version = Version::new("1.0.0+2").unwrap();
        let tiers = vec![Tier::Deploy, Tier::Custom];
        let wish = Wish { from: None, tiers };
        let said = "cc-ci rerun './my recipes/shop@1.0.0+2' --tiers deploy,custom";
        assert_eq!(rerun(&asked, &version, &wish), said);
    }

    #[rstest::rstest]
    #[case::all(&[], &Tier::ALL)]
    #[case::custom_needs_a_deploy(&[Tier::Custom], &[Tier::Deploy, Tier::Custom, Tier::Teardown])]
    #[case::restore_needs_a_backup(
        &[Tier::Restore],
        &[Tier::Deploy, Tier::Backup, Tier::Restore, Tier::Teardown]
    )]
    fn tiers_bring_what_they_need(#[case] asked: &[Tier], #[case] walked: &[Tier]) {
        assert_eq!(tiers(asked), walked);
    }
}
