//! The house keeps its shape: arrows between crates, homes of foreign packages, small files.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Which of our crates each crate may use. A crate that is not named here fails the test.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("recipe", &["model"]),
    ("suite", &["model"]),
    ("lint", &["recipe", "model"]),
    ("source", &["recipe", "model"]),
    ("policy", &["recipe", "model"]),
    ("journal", &["model"]),
    (
        "plan",
        &["source", "recipe", "suite", "lint", "policy", "backup", "probe", "bundle", "model"],
    ),
    ("lock", &[]),
    ("bundle", &[]),
    ("engine", &["model"]),
    ("docker", &["engine", "model"]),
    ("probe", &["model"]),
    ("dump", &[]),
    ("backup", &["dump", "engine", "model"]),
    ("canary", &["engine", "backup", "probe", "suite", "model"]),
    ("classify", &["model"]),
    ("schedule", &["model"]),
    ("report", &["classify", "model"]),
    ("history", &["journal", "classify", "model"]),
    ("verify", &["journal", "report", "model"]),
    (
        "runner",
        &[
            "plan", "schedule", "suite", "canary", "engine", "probe", "backup", "journal",
            "classify", "model",
        ],
    ),
    ("lease", &["engine", "lock", "model"]),
    ("node", &["engine", "lock", "model"]),
    (
        "bench",
        &[
            "session", "plan", "runner", "report", "lease", "lock", "node", "journal", "schedule",
            "source", "recipe", "engine", "verify", "model",
        ],
    ),
    (
        "session",
        &[
            "plan", "runner", "report", "history", "lease", "lock", "node", "docker", "journal",
            "policy", "schedule", "source", "backup", "engine", "model",
        ],
    ),
    (
        "cli",
        &[
            "backup", "bench", "engine", "history", "journal", "lease", "lint", "lock", "model",
            "node", "plan", "policy", "recipe", "report", "runner", "schedule", "session",
            "source", "verify",
        ],
    ),
    ("testkit", &["engine", "lock", "model"]),
    ("cc-ci", &["cli"]),
];

/// Packages that only one of our crates may name.
const HOMES: [(&str, &str); 6] = [
    ("bollard", "docker"),
    ("reqwest", "probe"),
    ("indicatif", "report"),
    ("junit-report", "report"),
    ("clap", "cli"),
    ("rusqlite", "history"),
];

/// No file is longer than this; where one grows past it, it holds two nouns.
const LONGEST_FILE: usize = 600;
/// Nine files of ten, and half of them.
const P90: usize = 400;
const MEDIAN: usize = 120;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn short(package: &str) -> &str {
    package.strip_prefix("cc-ci-").unwrap_or(package)
}

/// What each of our crates uses outside its tests, ours and foreign.
fn uses() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let normal = |d: &&cargo_metadata::Dependency| d.kind == DependencyKind::Normal;
    let names = |package: &cargo_metadata::Package| {
        package.dependencies.iter().filter(normal).map(|d| d.name.clone()).collect()
    };
    metadata.packages.iter().map(|p| (short(&p.name).to_owned(), names(p))).collect()
}

/// Arrows that `uses` has and `allowed` has not.
fn wrong_arrows(
    uses: &BTreeMap<String, BTreeSet<String>>,
    allowed: &BTreeMap<&str, BTreeSet<&str>>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (from, all) in uses {
        let Some(allowed) = allowed.get(from.as_str()) else {
            wrong.push(format!("{from} is not in the table"));
            continue;
        };
        let ours = all.iter().filter_map(|name| name.strip_prefix("cc-ci-"));
        wrong.extend(ours.filter(|to| !allowed.contains(to)).map(|to| format!("{from} -> {to}")));
    }
    wrong
}

/// Crates that name a package whose home is elsewhere.
fn strangers(uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut found = Vec::new();
    for (package, home) in HOMES {
        let users = uses.iter().filter(|(_, all)| all.contains(package)).map(|(name, _)| name);
        found.extend(users.filter(|user| *user != home).map(|u| format!("{u} names {package}")));
        if !uses.get(home).is_some_and(|all| all.contains(package)) {
            found.push(format!("{home} does not name {package} any more"));
        }
    }
    found
}

#[test]
fn arrows_point_one_way() {
    let allowed = ARROWS.iter().map(|(from, to)| (*from, to.iter().copied().collect())).collect();
    assert_eq!(wrong_arrows(&uses(), &allowed), Vec::<String>::new());

    // The guard can fire: forbid one arrow that exists.
    let mut stricter: BTreeMap<&str, BTreeSet<&str>> = allowed;
    stricter.insert("docker", BTreeSet::from(["model"]));
    assert_eq!(wrong_arrows(&uses(), &stricter), ["docker -> engine"]);
}

#[test]
fn a_foreign_package_has_one_home() {
    let mut uses = uses();
    assert_eq!(strangers(&uses), Vec::<String>::new());
    uses.entry("runner".to_owned()).or_default().insert("bollard".to_owned());
    assert_eq!(strangers(&uses), ["runner names bollard"]);
}

/// Crates that use a feature of another crate outside their tests, each as `crate: package/feature`.
fn features(of: &str) -> BTreeSet<String> {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let mut found = BTreeSet::new();
    for package in &metadata.packages {
        let normal = |d: &&cargo_metadata::Dependency| d.kind == DependencyKind::Normal;
        for dependency in package.dependencies.iter().filter(normal).filter(|d| d.name == of) {
            let name = short(&package.name);
            found.extend(dependency.features.iter().map(|f| format!("{name}: {of}/{f}")));
        }
    }
    found
}

#[test]
fn the_fake_engine_is_no_part_of_the_product() {
    let found = features("cc-ci-engine");
    assert_eq!(found, BTreeSet::from(["testkit: cc-ci-engine/fake".to_owned()]));
}

fn tracked() -> Vec<PathBuf> {
    // Untracked files that are not ignored count too: they are about to be committed.
    let files = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let listed = Command::new("git").args(files).current_dir(root()).output().unwrap();
    assert!(listed.status.success(), "git ls-files: {listed:?}");
    let text = String::from_utf8(listed.stdout).unwrap();
    text.lines().map(PathBuf::from).filter(|path| root().join(path).exists()).collect()
}

#[test]
fn files_are_small() {
    let rust = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "rs");
    let lines =
        |path: &PathBuf| std::fs::read_to_string(root().join(path)).unwrap().lines().count();
    let mut sizes: Vec<(usize, PathBuf)> =
        tracked().iter().filter(rust).map(|path| (lines(path), path.clone())).collect();
    sizes.sort();
    assert!(sizes.len() > 100, "only {} files were found", sizes.len());
    let (longest, name) = sizes.last().unwrap();
    assert!(*longest <= LONGEST_FILE, "{} has {longest} lines", name.display());
    let at = |share: usize| sizes[(sizes.len() - 1) * share / 100].0;
    assert!(at(90) <= P90, "p90 is {}", at(90));
    assert!(at(50) <= MEDIAN, "the median is {}", at(50));
}

#[test]
fn the_top_level_holds_nothing_else() {
    let known = [
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "harness",
        "recipes",
        "suites",
        "tests",
        "machine-docs",
    ];
    let first = |path: &PathBuf| path.iter().next().unwrap().to_string_lossy().into_owned();
    let odd: BTreeSet<String> = tracked()
        .iter()
        .map(first)
        .filter(|name| !name.starts_with('.') && !known.contains(&name.as_str()))
        .collect();
    assert_eq!(odd, BTreeSet::new());
}

#[test]
fn every_crate_says_its_sentence_first() {
    for (name, _) in ARROWS.iter().filter(|(name, _)| *name != "cc-ci") {
        let path = root().join("harness").join(name).join("src/lib.rs");
        let text = std::fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! ") && first.len() > 24, "{}: {first:?}", path.display());
    }
}

#[test]
fn only_the_cli_reads_the_environment_and_prints() {
    let words = ["env::var", "println!", "eprintln!", "process::exit"];
    let product = |path: &&PathBuf| {
        let text = path.to_string_lossy();
        text.starts_with("harness/")
            && text.contains("/src/")
            && text.ends_with(".rs")
            && !["harness/cli/", "harness/testkit/"].iter().any(|own| text.starts_with(own))
    };
    let guilty = |path: &Path| -> Vec<String> {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        let used = words.iter().filter(|word| text.contains(**word));
        used.map(|word| format!("{}: {word}", path.display())).collect()
    };
    let all: Vec<String> = tracked().iter().filter(product).flat_map(|path| guilty(path)).collect();
    assert_eq!(all, Vec::<String>::new());
    // The guard can fire: the cli does read the environment.
    assert!(!guilty(Path::new("harness/cli/src/settings.rs")).is_empty());
}

/// The log holds names and ids alone, so that no secret reaches it. What is put into a span is therefore
/// decided in two files.
#[test]
fn spans_are_made_in_two_files() {
    let home = |path: &&PathBuf| {
        let text = path.to_string_lossy();
        let homes = ["harness/engine/src/traced.rs", "harness/runner/src/spans.rs"];
        text.ends_with(".rs") && !homes.contains(&text.as_ref()) && text.starts_with("harness/")
    };
    let makers = ["trace", "debug", "info", "warn", "error"];
    let logs = |path: &PathBuf| {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        let makes = |level: &&str| {
            text.contains(&format!("{level}_span!("))
                || text.contains(&format!("tracing::{level}!("))
        };
        text.contains("#[instrument") || makers.iter().any(makes)
    };
    let guilty: Vec<_> = tracked().into_iter().filter(|path| home(&path) && logs(path)).collect();
    assert_eq!(guilty, Vec::<PathBuf>::new());
    // The guard can fire.
    assert!(logs(&PathBuf::from("harness/runner/src/spans.rs")));
}
