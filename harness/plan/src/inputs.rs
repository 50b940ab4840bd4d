//! One hash over what decides what a unit does, the same in every run.

use std::collections::BTreeMap;
use std::path::Path;

use cc_ci_model::{RecipeName, StackName, StackSpec, Tier, Version, sha256_hex};
use cc_ci_recipe::{Instance, Recipe, RecipeError};
use cc_ci_suite::Suite;
use serde::Serialize;

use crate::error::PlanError;

/// Version of what goes into the hash; another one makes every hash another.
const SCHEMA: u32 = 1;
/// Names of a stack that never runs: a run's own are in its labels, routes and environment.
const STACK: &str = "unit-000000";
const DOMAIN: &str = "unit.cc-ci.test";
/// Stands for the folder that the files were read from, which is another one in each run.
const FOLDER: &str = "/recipe";

/// What decides what a unit does.
///
/// In: the recipe's name; of both sides of the upgrade the version, the whole stack as its files and the
/// suite's settings resolve it (with the content of its configs) and the app's environment; the tiers; the
/// suite with its settings, timeouts, probes and checks; the images that may stand in for the recipe's.
///
/// Not in: what differs from run to run (names of stack and domain, generated secrets, folders), what is
/// only said of it (commit, why a base was chosen, the command for a rerun), what follows from it (lint,
/// differences), and what it meets (harness, machine, images that stood in).
#[derive(Serialize)]
struct Inputs<'a> {
    schema: u32,
    recipe: &'a RecipeName,
    sides: Vec<Side<'a>>,
    tiers: &'a [Tier],
    suite: &'a Suite,
    substitutes: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
struct Side<'a> {
    version: &'a Version,
    spec: StackSpec,
    env: BTreeMap<String, String>,
}

/// The hash for a unit of `recipe`, whose files were read from below `folder`. `versions` are those that
/// are deployed, in their order.
///
/// # Errors
/// A version that cannot be read.
pub(crate) fn hash(
    (recipe, folder): (&Recipe, &Path),
    versions: &[&Version],
    tiers: &[Tier],
    suite: &Suite,
) -> Result<String, PlanError> {
    let stack = StackName::new(STACK).map_err(PlanError::bug)?;
    let instance = Instance { stack: &stack, domain: DOMAIN, settings: &suite.settings };
    let side =
        |version: &&'_ Version| -> Result<(StackSpec, BTreeMap<String, String>), RecipeError> {
            let resolved = recipe.stack(version, &instance)?;
            Ok((resolved.spec, resolved.env))
        };
    let mut sides = Vec::new();
    for version in versions {
        let (spec, env) = side(version).map_err(PlanError::recipe)?;
        sides.push(Side { version, spec, env });
    }
    let substitutes = recipe.manifest.substitutes.iter();
    let substitutes = substitutes.map(|s| (s.image.as_str(), s.with.as_str())).collect();
    let recipe = &recipe.name;
    let inputs = Inputs { schema: SCHEMA, recipe, sides, tiers, suite, substitutes };
    let text = serde_json::to_string(&inputs).map_err(PlanError::bug)?;
    // Mounts of the host name files of the recipe by their whole path.
    let folder = serde_json::to_string(&folder.display().to_string()).map_err(PlanError::bug)?;
    Ok(sha256_hex(text.replace(folder.trim_matches('"'), FOLDER).as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use cc_ci_model::RunId;
    use tempfile::TempDir;

    use super::*;
    use crate::asked::Asked;
    use crate::planner::Wish;
    use crate::testing::Testing;

    const COMPOSE: &str = "version: \"3.8\"
services:
  app:
    image: app:1
    environment:
      - SIZE
    labels: [\"a=${STACK_NAME}\", \"b=${DOMAIN}\"]
    configs: [conf]
configs:
  conf:
    file: app.conf
";
    const FILES: [(&str, &str); 7] = [
        ("recipes/shop/recipe.toml", "schema = 1\n"),
        ("recipes/shop/versions/1.0.0+1/compose.yml", COMPOSE),
        ("recipes/shop/versions/1.0.0+1/.env.sample", "SIZE=1\n"),
        ("recipes/shop/versions/1.0.0+1/app.conf", "a\n"),
        ("recipes/shop/versions/0.9.0+1/compose.yml", COMPOSE),
        ("recipes/shop/versions/0.9.0+1/app.conf", "a\n"),
        ("suites/generic.toml", "schema = 1\n"),
    ];
    const SUITE: &str = "suites/shop/suite.toml";

    fn write(root: &Path, (path, text): (&str, &str)) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn shop() -> TempDir {
        let root = tempfile::tempdir().unwrap();
        FILES.into_iter().for_each(|file| write(root.path(), file));
        root
    }

    async fn planned(root: &Path, run: &str, asked: &str, tiers: &[Tier]) -> String {
        let planner = Testing::named(root, &root.join("state"));
        let run = RunId::new(run).unwrap();
        let wish = Wish { tiers: tiers.to_vec(), ..Wish::default() };
        let planned = planner.plan(&run, &Asked::parse(asked), &wish).await;
        planned.unwrap_or_else(|error| panic!("{}", error.text())).unit.head.inputs_sha256
    }

    #[tokio::test]
    async fn two_runs_of_the_same_have_the_same_hash() {
        let (here, there) = (shop(), shop());
        let first = planned(here.path(), "r1", "shop", &[]).await;
        assert_eq!(first.len(), 64);
        assert_eq!(planned(here.path(), "r2", "shop", &[]).await, first);
        assert_eq!(planned(there.path(), "r3", "shop", &[]).await, first);
    }

    #[rstest::rstest]
    #[case::compose("recipes/shop/versions/1.0.0+1/compose.yml", "app:2")]
    #[case::the_base("recipes/shop/versions/0.9.0+1/compose.yml", "app:2")]
    #[case::a_config("recipes/shop/versions/1.0.0+1/app.conf", "b\n")]
    #[case::the_environment("recipes/shop/versions/1.0.0+1/.env.sample", "SIZE=2\n")]
    #[case::abra("recipes/shop/versions/1.0.0+1/abra.sh", "export SIZE=3\n")]
    #[case::a_setting(SUITE, "schema = 1\n[settings]\nSIZE = \"4\"\n")]
    #[case::a_timeout(SUITE, "schema = 1\n[timeouts]\ndeploy = 61\n")]
    #[case::a_check(
        SUITE,
        "schema = 1\n[[check]]\nid = \"a\"\ntier = \"custom\"\nprobe = \"tcp\"\nwith = { port = 80, host = \"app\" }\n"
    )]
    #[case::a_substitute(
        "recipes/shop/recipe.toml",
        "schema = 1\n[[substitute]]\nimage = \"app:1\"\nwith = \"nginx:1.22\"\n"
    )]
    #[tokio::test]
    async fn what_is_changed_changes_the_hash(#[case] path: &str, #[case] text: &str) {
        let root = shop();
        let before = planned(root.path(), "r1", "shop", &[]).await;
        let changed = text.replace("app:2", &COMPOSE.replace("app:1", "app:2"));
        write(root.path(), (path, &changed));
        assert_ne!(planned(root.path(), "r1", "shop", &[]).await, before);
    }

    #[tokio::test]
    async fn version_and_tiers_change_the_hash() {
        let root = shop();
        let whole = planned(root.path(), "r1", "shop", &[]).await;
        let older = planned(root.path(), "r1", "shop@0.9.0+1", &[]).await;
        let short = planned(root.path(), "r1", "shop", &[Tier::Deploy]).await;
        assert!(whole != older && whole != short && older != short);
    }
}
