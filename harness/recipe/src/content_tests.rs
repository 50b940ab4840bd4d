//! Reads everything that this repository bundles: no recipe, version or fixture is forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cc_ci_model::{ObjectSource, RestartCondition, StackName, UpdateOrder};

use crate::{Instance, Manifest, Recipe, Resolved};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every recipe in `parent`: neither `images` nor what is only known of recipes from elsewhere.
fn folders(parent: &str) -> Vec<PathBuf> {
    let mut folders: Vec<_> = std::fs::read_dir(repository().join(parent))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("versions").is_dir())
        .collect();
    folders.sort();
    folders
}

fn resolve(recipe: &Recipe, version: &str) -> Resolved {
    let stack = StackName::new("test-abc123").unwrap();
    let instance = Instance { stack: &stack, domain: "app.test", settings: &BTreeMap::new() };
    recipe.stack(recipe.version(version).unwrap(), &instance).unwrap_or_else(|e| panic!("{e}"))
}

#[rstest::rstest]
#[case::recipes("recipes", &["canaille", "custom-html", "matrix-synapse", "mumble", "wordpress"])]
#[case::fixtures(
    "tests/fixtures/recipes",
    &[
        "all-stores", "bad-backup", "bad-deploy", "bad-restore", "bad-upgrade", "cut-dump",
        "dump-in-layer", "forgotten-database", "hook-fails", "live-files", "lost-key", "lost-volume",
        "no-volume", "one-shots", "polite-exit", "stale-config", "stale-label", "two-at-once",
        "undeleted", "unloaded-dump",
    ]
)]
fn everything_bundled_is_sound(#[case] parent: &str, #[case] at_least: &[&str]) {
    let mut names = BTreeSet::new();
    for folder in folders(parent) {
        let recipe = Recipe::open(&folder).unwrap_or_else(|error| panic!("{error}"));
        assert!(recipe.versions.len() >= 2, "{} has nothing to upgrade from", recipe.name);
        assert!(!recipe.manifest.description.is_empty(), "{}", recipe.name);
        let mut images = BTreeSet::new();
        for version in &recipe.versions {
            let resolved = resolve(&recipe, version.as_str());
            let about = format!("{} {version}", recipe.name);
            let app = &resolved.spec.services["app"];
            // One canary is about exactly this: its label stays at the oldest version.
            let stale = recipe.name.as_str() == "stale-label";
            let labelled = if stale { &recipe.versions[0] } else { version };
            let label = &app.labels["coop-cloud.test-abc123.version"];
            assert_eq!(label, labelled.as_str(), "{about}");
            assert_eq!(app.labels["backupbot.backup"], "true", "{about}");
            assert_eq!((resolved.ignored, resolved.unset), (vec![], vec![]), "{about}");
            let of_app = version.as_str().split_once('+').unwrap().1;
            assert!(resolved.images.iter().any(|image| image.ends_with(of_app)), "{about}");
            images.extend(resolved.images);
        }
        let substituted: BTreeSet<_> =
            recipe.manifest.substitutes.iter().map(|s| s.image.clone()).collect();
        assert_eq!(
            substituted, images,
            "{}: an image without or a useless substitute",
            recipe.name
        );
        names.insert(recipe.name.to_string());
    }
    for name in at_least {
        assert!(names.contains(*name), "{name} is gone");
    }
}

/// What is known of recipes whose files come from elsewhere, and a suite for each.
#[test]
fn what_is_only_known_is_sound() {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(repository().join("recipes")).unwrap() {
        let folder = entry.unwrap().path();
        let manifest = folder.join("recipe.toml");
        if folder.join("versions").is_dir() || !manifest.is_file() {
            continue;
        }
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let known = Manifest::open(&manifest).unwrap_or_else(|error| panic!("{error}"));
        assert!(!known.description.is_empty() && !known.substitutes.is_empty(), "{name}");
        assert_eq!(known.clone().lent(), known, "{name}: grants and sources are not lent");
        assert!(repository().join("suites").join(&name).join("suite.toml").is_file(), "{name}");
        names.push(name);
    }
    assert!(names.contains(&"bore".to_owned()), "{names:?}");
}

/// The whole specification of a bundled recipe, contents of files left out.
#[rstest::rstest]
#[case::custom_html("custom-html")]
#[case::mumble("mumble")]
#[case::wordpress("wordpress")]
fn the_newest_version_resolves_to(#[case] name: &str) {
    let recipe = Recipe::open(&repository().join("recipes").join(name)).unwrap();
    let mut spec = resolve(&recipe, recipe.newest().as_str()).spec;
    for config in spec.configs.values_mut() {
        if let ObjectSource::Content(file) = &mut config.source {
            assert!(!file.bytes.is_empty());
            file.bytes.clear();
        }
    }
    insta::assert_debug_snapshot!(format!("newest_{name}"), spec);
}

/// A red canary that was mended by accident would turn its end-to-end test into a riddle.
#[test]
fn red_canaries_still_have_their_defect() {
    let app = |name: &str, version: &str| {
        let folder = repository().join("tests/fixtures/recipes").join(name);
        resolve(&Recipe::open(&folder).unwrap(), version).spec.services.remove("app").unwrap()
    };
    let exits =
        |name, version| app(name, version).command.is_some_and(|c| c[2].ends_with("exit 1"));
    assert!(exits("bad-deploy", "0.1.0") && exits("bad-deploy", "0.2.0"));
    assert!(!exits("bad-upgrade", "0.1.0") && exits("bad-upgrade", "0.2.0"));
    let restore = app("bad-restore", "0.2.0");
    assert!(restore.labels.contains_key("backupbot.backup.pre-hook"));
    assert!(!restore.labels.keys().any(|label| label.starts_with("backupbot.restore")));
    assert!(restore.ports.is_empty());
    let folder = repository().join("tests/fixtures/recipes/stale-config");
    let stale = Recipe::open(&folder).unwrap();
    let spec = |version: &str| resolve(&stale, version).spec;
    assert_eq!(crate::changed_configs(&spec("0.1.0"), &spec("0.2.0")).len(), 1);
    let unloaded = app("unloaded-dump", "0.2.0");
    assert!(unloaded.labels.contains_key("backupbot.backup.pre-hook"));
    assert!(!unloaded.labels.keys().any(|label| label.starts_with("backupbot.restore")));
    assert!(app("bad-backup", "0.2.0").labels.contains_key("backupbot.backup.pre-hook"));
    let out = |name, label: &str| app(name, "0.2.0").labels[label] == "false";
    assert!(out("forgotten-database", "backupbot.backup.volumes.database"));
    assert!(out("lost-key", "backupbot.backup.volumes.key"));
    let live = app("live-files", "0.2.0");
    assert!(!live.labels.keys().any(|label| label.starts_with("backupbot.restore")));
    assert!(!live.labels.keys().any(|label| label.starts_with("backupbot.backup.volumes")));
    let condition = |name| app(name, "0.2.0").restart.and_then(|policy| policy.condition);
    assert_eq!(condition("polite-exit"), Some(RestartCondition::OnFailure));
    let order = |name| app(name, "0.2.0").update.and_then(|policy| policy.order);
    assert_eq!(order("two-at-once"), Some(UpdateOrder::StartFirst));
}
