//! From a recipe and its suite to the plan of a unit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cc_ci_backup::BackupPlan;
use cc_ci_lint::diff;
use cc_ci_model::{
    Ceiling, EndpointMode, ObjectSource, Owner, RunId, Secret, StackName, StackSpec, Tier,
    UnitHead, UnitId,
};
use cc_ci_policy::{Grant, exceeded, typed};
use cc_ci_recipe::{Instance, RecipeError, Resolved, changed_configs, compare_versions, timeout};
use cc_ci_source::{
    BasePlan, Greens, LastGreen, Opened, Point, Reference, SourceError, choose_base,
};
use cc_ci_suite::{Places, SidePlan, Suite, UnitPlan, Words};

use crate::abra;
use crate::catalogue::{Asked, source_error};
use crate::error::{CliError, Kind};
use crate::inputs;
use crate::linting;
use crate::powers::Powers;
use crate::root::Origin;
use crate::scratch::Scratch;
use crate::settings::Settings;
use crate::trust::Trust;
use crate::unread;

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
    /// Powers that were granted on the command line.
    pub(crate) grants: Vec<Grant>,
    /// The tiers of the run that this one answers, whose inputs are to be compared.
    pub(crate) answers: Option<Vec<Tier>>,
}

/// A planned unit, and what is worth saying about it.
pub(crate) struct Planned {
    pub(crate) unit: UnitPlan,
    pub(crate) warnings: Vec<String>,
    /// The hash of the inputs as it would be with the tiers of the run that is answered.
    pub(crate) inputs_then: Option<String>,
}

/// Plans the unit that tests `asked`.
pub(crate) async fn plan(
    settings: &Settings,
    run: &RunId,
    asked: &Asked,
    wish: &Wish,
) -> Result<Planned, CliError> {
    let opened = asked.open(settings).await?;
    let head = match &asked.version {
        Some(wanted) => opened.version(wanted).map_err(|error| source_error(&error))?,
        None => &opened.head,
    };
    let trust = asked.trust(settings);
    let suites = trust.has_suites().then(|| settings.root()).transpose()?;
    let suites = suites.map(|root| root.join("suites"));
    let places = Places::of(suites.as_deref(), opened.name.as_str());
    let mut suite = Suite::load(suites.as_deref(), opened.name.as_str())
        .map_err(|error| CliError::new(Kind::Suite, error).hint(SUITE_HINT))?;
    if !settings.restart_daemon {
        refuse_reboot(&wish.tiers)?;
        suite.also.remove(&Tier::Reboot);
    }
    let tiers = tiers(&wish.tiers, &suite.also);
    if tiers.contains(&Tier::Reboot) {
        settings.can_restart_daemon()?;
    }
    let mut warnings: Vec<_> = opened.warnings.iter().map(ToString::to_string).collect();
    let greens = Greens::new(&settings.node.state);
    let last_green = asked.source(settings).map(|source| greens.last(&source, &opened.name));
    let last_green = last_green.transpose().map(Option::flatten).unwrap_or_else(|error| {
        warnings.push(error.to_string());
        None
    });
    let typed_base = typed_commit(settings, asked, wish).await?;
    let (base, base_reason) =
        base(&opened, head, wish, &tiers, last_green.as_ref(), typed_base.as_ref())?;
    // Nothing of a run is shared: its files are read from checkouts of its own.
    let scratch = Scratch::make().map_err(|error| CliError::new(Kind::Machine, error))?;
    let points: Vec<&Point> = base.iter().copied().chain([head]).collect();
    let recipe = opened.recipe(scratch.path(), &points).await;
    let recipe = recipe.map_err(|error| source_error(&error))?;

    let unit = UnitId::of(&recipe.name, &head.version);
    let stack = StackName::derive(run, &unit);
    let domain = format!("{stack}.{DOMAIN}");
    let resolve = |point: &Point, stack: &StackName| -> Result<(SidePlan, Resolved), CliError> {
        let version = &point.version;
        let instance = Instance { stack, domain: &domain, settings: &suite.settings };
        let resolved = recipe.stack(version, &instance).map_err(unreadable)?;
        let (mut spec, env) = (resolved.spec.clone(), resolved.env.clone());
        abra::label(&mut spec, &recipe.name, point);
        Ok((SidePlan { version: version.clone(), spec, env }, resolved))
    };
    let (target, new) = resolve(head, &stack)?;
    let (fresh, again) = resolve(head, &StackName::derive_fresh(run, &unit))?;
    let (base_side, old) = base.map(|base| resolve(base, &stack)).transpose()?.unzip();
    let folders: Vec<_> = points.iter().map(|point| recipe.folder(&point.version)).collect();
    let folders: Vec<&Path> = folders.iter().map(|folder| &**folder).collect();
    let read = new.env.keys().chain(&new.unset).map(String::as_str);
    if let Some(unread) = unread::setting(&suite, &places, &folders, read) {
        // The suite may know of what a newer version reads, or be lent to another recipe of the name.
        let newest = opened.known.iter().all(|known| !is_newer(known, head));
        if newest && trust != Trust::Lent {
            return Err(CliError::message(Kind::Suite, unread).hint(SUITE_HINT));
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
    let root = settings.catalogue().given();
    let powers = Powers { manifest: &opened.manifest, trust, typed: &wish.grants, root };
    let stacks = old.iter().chain([&again, &new]).map(|stack| (stack, domain.as_str()));
    warnings.extend(powers.refuse(stacks)?);
    warnings.extend(new.mapped.iter().cloned());
    refuse_excess(settings, base_side.iter().chain([&target]))?;
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
                ceilings: &settings.typed_ceilings,
                root: match settings.catalogue().origin() {
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
        fresh,
        lint,
        changes,
        conflicts,
        tiers,
        suite,
        substitutes: substitutes.map(|s| (s.image.clone(), s.with.clone())).collect(),
    };
    refuse_broken_probes(&plan, &places)?;
    let versions: Vec<_> = points.iter().map(|point| &point.version).collect();
    let read = (&recipe, scratch.path());
    plan.head.inputs_sha256 = inputs::hash(read, &versions, &plan.tiers, &plan.suite)?;
    let then = wish.answers.as_deref();
    let then = then.map(|tiers| inputs::hash(read, &versions, tiers, &plan.suite)).transpose()?;
    Ok(Planned { unit: plan, warnings, inputs_then: then })
}

/// What a suite asks for waits for the machine's owner; what the command line asks for is not left out
/// without a word.
fn refuse_reboot(asked: &[Tier]) -> Result<(), CliError> {
    if !asked.contains(&Tier::Reboot) {
        return Ok(());
    }
    let message = "the reboot tier restarts the engine's daemon, and that is not allowed here";
    Err(CliError::message(Kind::Usage, message)
        .hint("--restart-daemon allows it: every container on this machine stops for a moment"))
}

/// How often a unit deploys from nothing when all goes well: once, and once for each tier that has
/// the instance lost first. Those need a snapshot, so a recipe without a backup has none of them.
fn deploys(tiers: &[Tier], head: &StackSpec, upgrades: bool) -> u32 {
    // Broken labels are told by the backup tier, and nothing after it runs.
    let saved = matches!(BackupPlan::read(head), Ok(Some(_)));
    let more = |tier: Tier, possible: bool| u32::from(tiers.contains(&tier) && possible);
    more(Tier::Deploy, true)
        + more(Tier::Recovery, saved)
        + more(Tier::Interrupt, saved && upgrades)
}

/// What asks for more of the machine than its ceilings allow is refused before anything is created.
fn refuse_excess<'a>(
    settings: &Settings,
    sides: impl Iterator<Item = &'a SidePlan>,
) -> Result<(), CliError> {
    let found = exceeded(sides.map(|side| &side.spec), &settings.ceilings);
    if found.is_empty() {
        return Ok(());
    }
    let words: Vec<_> = found.iter().map(ToString::to_string).collect();
    let hints: BTreeSet<_> = found.iter().map(|exceeded| exceeded.ceiling.remedy()).collect();
    let error = CliError::message(Kind::Recipe, words.join("\n"));
    Err(hints.into_iter().fold(error, CliError::hint))
}

/// Why a version's files cannot be read, with the next move.
fn unreadable(error: RecipeError) -> CliError {
    // What the machine did not let us read is no mistake of the recipe.
    let kind = if error.owner() == Some(Owner::Harness) { Kind::Machine } else { Kind::Recipe };
    CliError::new(kind, error).hint("mend the file, or test another version with RECIPE@VERSION")
}

/// The tiers that were asked for with those that they cannot do without: only lint runs without a
/// deploy, and there is nothing to restore without a backup. The upgrade is left out on purpose
/// where nobody asks for it, except for one that is broken off. `also` are the tiers that the suite
/// asks for on top of those that every recipe gets.
fn tiers(asked: &[Tier], also: &BTreeSet<Tier>) -> Vec<Tier> {
    let any = |tiers: &[Tier]| tiers.iter().any(|tier| asked.contains(tier));
    let needs = |tier: Tier| match tier {
        Tier::Deploy | Tier::Teardown => asked.is_empty() || asked.iter().any(|t| *t != Tier::Lint),
        Tier::Backup => any(&[Tier::Restore, Tier::Recovery, Tier::Interrupt]),
        Tier::Upgrade => any(&[Tier::Rollback, Tier::Interrupt]),
        Tier::Lint
        | Tier::Custom
        | Tier::Restore
        | Tier::Restart
        | Tier::Reboot
        | Tier::Rollback
        | Tier::Recovery
        | Tier::Interrupt => false,
    };
    let usual = |tier: &Tier| asked.is_empty() && (!tier.is_opt_in() || also.contains(tier));
    let wanted = |tier: &Tier| usual(tier) || asked.contains(tier) || needs(*tier);
    Tier::ALL.into_iter().filter(wanted).collect()
}

/// What a command has to say so that it does the same again.
struct Again<'a> {
    asked: &'a str,
    wish: &'a Wish,
    base: Option<&'a Point>,
    reboots: bool,
    /// The ceilings that were typed.
    ceilings: &'a [(Ceiling, u64)],
    /// The root, where it was named. A root that was found is not named here: that would make its
    /// grants count.
    root: Option<&'a Path>,
    /// The folder in which the root is found, where the recipe comes from a root that was found.
    within: Option<&'a Path>,
}

/// The command that does the same again, for a shell.
fn rerun(again: &Again<'_>) -> String {
    let Again { asked, wish, base, reboots, ceilings, root, within } = again;
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    let word = |text: &str| {
        let quoted = || format!("'{}'", text.replace('\'', "'\\''"));
        if text.chars().all(plain) { text.to_owned() } else { quoted() }
    };
    let path = |path: &Path| word(&path.display().to_string());
    let mut command = within.map(|folder| format!("cd {} && ", path(folder))).unwrap_or_default();
    command.push_str(&format!("cc-ci rerun {}", word(asked)));
    if let Some(from) = &wish.from {
        // A base that was not published has no version that finds it again.
        let commit = base.filter(|base| !base.is_release()).and_then(|base| base.commit());
        let from = commit.map_or_else(|| from.clone(), |commit| format!("#{commit}"));
        command.push_str(&format!(" --from {}", word(&from)));
    }
    if !wish.tiers.is_empty() {
        let tiers: Vec<_> = wish.tiers.iter().map(|tier| tier.as_str()).collect();
        command.push_str(&format!(" --tiers {}", tiers.join(",")));
    }
    for grant in &wish.grants {
        command.push_str(&format!(" {}", typed(grant)));
    }
    for (ceiling, value) in *ceilings {
        command.push_str(&format!(" --ceiling {}={value}", ceiling.key()));
    }
    if *reboots {
        command.push_str(" --restart-daemon");
    }
    if let Some(root) = root {
        command.push_str(&format!(" --root {}", path(root)));
    }
    command
}

/// The commit that `--from '#COMMIT'` names.
async fn typed_commit(
    settings: &Settings,
    asked: &Asked,
    wish: &Wish,
) -> Result<Option<Point>, CliError> {
    let Some(name) = wish.from.as_ref().and_then(|from| from.strip_prefix('#')) else {
        return Ok(None);
    };
    let refused = |error: SourceError| source_error(&error);
    let reference = Reference::parse(name).map_err(refused)?;
    asked.open_at(settings, Some(reference)).await.map(|opened| Some(opened.head))
}

/// Where the upgrade starts: the version that was asked for, else what [`choose_base`] finds.
fn base<'a>(
    opened: &'a Opened,
    head: &'a Point,
    wish: &Wish,
    tiers: &[Tier],
    last_green: Option<&LastGreen>,
    typed: Option<&'a Point>,
) -> Result<(Option<&'a Point>, String), CliError> {
    let Some(from) = &wish.from else {
        if !tiers.contains(&Tier::Upgrade) {
            return Ok((None, "the upgrade tier was not asked for".to_owned()));
        }
        let BasePlan { base, reason, .. } =
            choose_base(head, &opened.known, last_green, opened.main.as_ref());
        let point = base.map(|base| {
            let known = opened.known.iter().find(|known| known.version == base.version);
            known.or(opened.main.as_ref().map(|main| &main.point))
        });
        return Ok((point.flatten(), reason));
    };
    if !tiers.contains(&Tier::Upgrade) {
        // The base alone would be deployed, and its green would be told of the head.
        let message = "--from starts an upgrade, but the upgrade tier is not asked for";
        return Err(CliError::message(Kind::Usage, message)
            .hint("add upgrade to --tiers, or leave --from out"));
    }
    let main = opened.main.as_ref().map(|main| &main.point);
    let point = match typed.or(main.filter(|main| main.version.as_str() == from)) {
        Some(point) => point,
        None => opened.version(from).map_err(|error| source_error(&error))?,
    };
    if point.version == head.version {
        let message = format!("{} is no upgrade from itself: nothing would move", head.version);
        return Err(CliError::message(Kind::Usage, message)
            .hint("name another version with --from, or another head with RECIPE@VERSION"));
    }
    if is_newer(point, head) {
        let message = format!(
            "--from {} is newer than {}, the version that is tested: that would be a downgrade",
            point.version, head.version
        );
        return Err(CliError::message(Kind::Usage, message)
            .hint("name an older version with --from, or a newer head with RECIPE@VERSION"));
    }
    Ok((Some(point), "asked for with --from".to_owned()))
}

/// True where both points say which version they are, and the base's is the newer one. A commit without a
/// version may be older or newer.
pub(crate) fn is_newer(base: &Point, head: &Point) -> bool {
    let named = |point: &Point| point.declared.as_ref().map(|version| version.as_str().to_owned());
    match (named(base), named(head)) {
        (Some(base), Some(head)) => compare_versions(&base, &head).is_gt(),
        (Some(_) | None, _) => false,
    }
}

/// A suite's mistakes are found here, before anything is deployed.
fn refuse_broken_probes(plan: &UnitPlan, places: &Places) -> Result<(), CliError> {
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
        let refuse = |error: anyhow::Error| {
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
            CliError::new(Kind::Suite, error.context(context)).hint(SUITE_HINT)
        };
        let filled = words.fill(probe).map_err(|error| refuse(error.into()))?;
        cc_ci_probe::build(&filled).map_err(|error| {
            let hint = error.hint();
            let refused = refuse(error.into());
            hint.into_iter().fold(refused, CliError::hint)
        })?;
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
    use clap::Parser as _;

    use super::*;
    use crate::args::Cli;
    use crate::catalogue::names;

    /// No suite is forgotten either: each belongs to a recipe, and each of its probes can be built.
    #[tokio::test]
    async fn every_bundled_recipe_can_be_planned() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let state = tempfile::tempdir().unwrap();
        let state = state.path().to_str().unwrap();
        let words = ["cc-ci", "--root", root, "--state", state, "list"];
        let settings = Settings::new(&Cli::parse_from(words).global).unwrap();
        let run = RunId::new("r1").unwrap();
        let names = names(&settings).unwrap();
        for name in &names {
            let planned = plan(&settings, &run, &Asked::parse(name), &Wish::default()).await;
            let planned = planned.unwrap_or_else(|error| panic!("{name}: {}", error.text()));
            assert!(planned.unit.base.is_some(), "{name} has nothing to upgrade from");
        }
        let suites = settings.root().unwrap().join("suites");
        for entry in std::fs::read_dir(&suites).unwrap() {
            let suite = entry.unwrap();
            let name = suite.file_name().into_string().unwrap();
            if suite.path().is_file() || names.contains(&name) {
                continue;
            }
            // The files of some recipes lie elsewhere; what is known of them here is in recipe.toml.
            let known = suites.with_file_name("recipes").join(&name).join("recipe.toml");
            assert!(known.is_file(), "suite {name} has no recipe");
            Suite::load(Some(&suites), &name).unwrap_or_else(|error| panic!("{error}"));
        }
    }

    fn settings(state: &Path) -> Settings {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let words = ["cc-ci", "--root", root, "--state", state.to_str().unwrap(), "list"];
        Settings::new(&Cli::parse_from(words).global).unwrap()
    }

    /// A stranger's folder that is called like a recipe of the catalogue.
    #[tokio::test]
    async fn a_name_alone_brings_nothing_of_the_catalogue() {
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().join("bore");
        std::fs::create_dir(&folder).unwrap();
        let compose = "version: \"3.8\"\nservices: {app: {image: \"ekzhang/bore:0.6.0\"}}\n";
        std::fs::write(folder.join("compose.yml"), compose).unwrap();
        let asked = Asked::parse(folder.to_str().unwrap());
        let (run, wish) = (RunId::new("r1").unwrap(), Wish::default());
        let found = settings(state.path()).found();
        let unit = plan(&found, &run, &asked, &wish).await.map_err(|e| e.text()).unwrap().unit;
        assert_eq!(unit.head.recipe.as_str(), "bore");
        assert_eq!(unit.suite, Suite::load(None, "bore").unwrap());
        assert!(unit.substitutes.is_empty(), "{:?}", unit.substitutes);
        assert_eq!(asked.source(&found), None, "its last green would be the catalogue's");
        // A named root lends suite and substitutes, and nothing that lasts.
        let named = settings(state.path());
        let unit = plan(&named, &run, &asked, &wish).await.map_err(|e| e.text()).unwrap().unit;
        assert_ne!(unit.suite, Suite::load(None, "bore").unwrap());
        assert_eq!(unit.substitutes.len(), 1);
        assert_eq!(asked.source(&named), None);
        assert!(unit.head.rerun.contains(" --root "), "{}", unit.head.rerun);
        // Named by the command that is printed, a root that was only found would lend and grant.
        let unit = plan(&found, &run, &asked, &wish).await.map_err(|e| e.text()).unwrap().unit;
        assert!(!unit.head.rerun.contains("--root"), "{}", unit.head.rerun);
        assert!(Asked::parse("wordpress").source(&found).is_some());
    }

    #[test]
    fn the_same_again_is_the_same() {
        let tiers = vec![Tier::Deploy, Tier::Custom];
        let wish = Wish { tiers, ..Wish::default() };
        let again = |asked, wish, reboots| Again {
            asked,
            wish,
            base: None,
            reboots,
            ceilings: &[],
            root: None,
            within: None,
        };
        let said = "cc-ci rerun './my recipes/shop@1.0.0+2' --tiers deploy,custom";
        assert_eq!(rerun(&again("./my recipes/shop@1.0.0+2", &wish, false)), said);
        let said = "cc-ci rerun mumble --restart-daemon";
        let usual = Wish::default();
        assert_eq!(rerun(&again("mumble", &usual, true)), said);
        let grants = ["cap:NET_ADMIN", "volume-name:${STACK_NAME}-data"];
        let grants = grants.map(|grant| grant.parse().unwrap()).to_vec();
        let wish = Wish { grants, ..Wish::default() };
        let said = "cc-ci rerun ./shop --grant cap:NET_ADMIN \
                    --grant 'volume-name:${STACK_NAME}-data' --root /catalogue";
        let root = Some(Path::new("/catalogue"));
        assert_eq!(rerun(&Again { root, ..again("./shop", &wish, false) }), said);
        let within = Some(Path::new("/my catalogue"));
        let said = "cd '/my catalogue' && cc-ci rerun shop";
        assert_eq!(rerun(&Again { within, ..again("shop", &usual, false) }), said);
        let ceilings = &[(Ceiling::Tasks, 7)][..];
        let said = "cc-ci rerun shop --ceiling tasks=7";
        assert_eq!(rerun(&Again { ceilings, ..again("shop", &usual, false) }), said);
    }

    #[test]
    fn nobody_restarts_a_daemon_unasked() {
        let refused = refuse_reboot(&[Tier::Restart, Tier::Reboot]).unwrap_err();
        assert!(refused.text().contains("--restart-daemon allows it"), "{}", refused.text());
        assert!(refuse_reboot(&[Tier::Restart]).is_ok());
    }

    #[rstest::rstest]
    #[case::all_but_what_a_suite_asks_for(&[], &[
        Tier::Lint, Tier::Deploy, Tier::Upgrade, Tier::Custom, Tier::Backup, Tier::Restore,
        Tier::Restart, Tier::Interrupt, Tier::Recovery, Tier::Teardown
    ])]
    #[case::interrupt_breaks_off_an_upgrade_and_a_restore(
        &[Tier::Interrupt],
        &[Tier::Deploy, Tier::Upgrade, Tier::Backup, Tier::Interrupt, Tier::Teardown]
    )]
    #[case::lint_needs_nothing(&[Tier::Lint], &[Tier::Lint])]
    #[case::lint_twice(&[Tier::Lint, Tier::Lint], &[Tier::Lint])]
    #[case::lint_beside_others(&[Tier::Lint, Tier::Deploy], &[Tier::Lint, Tier::Deploy, Tier::Teardown])]
    #[case::custom_needs_a_deploy(&[Tier::Custom], &[Tier::Deploy, Tier::Custom, Tier::Teardown])]
    #[case::restore_needs_a_backup(
        &[Tier::Restore],
        &[Tier::Deploy, Tier::Backup, Tier::Restore, Tier::Teardown]
    )]
    fn tiers_bring_what_they_need(#[case] asked: &[Tier], #[case] walked: &[Tier]) {
        let also = BTreeSet::from([Tier::Interrupt]);
        let mut walked = walked.to_vec();
        walked.sort();
        assert_eq!(tiers(asked, &also), walked);
    }
}
