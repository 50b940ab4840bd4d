//! Bundled recipes and a stranger's folder, planned.

use std::path::Path;

use cc_ci_model::RunId;
use cc_ci_suite::Suite;

use crate::asked::Asked;
use crate::planner::Wish;
use crate::testing::Testing;

/// The project's own catalogue.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// No suite is forgotten either: each belongs to a recipe, and each of its probes can be built.
#[tokio::test]
async fn every_bundled_recipe_can_be_planned() {
    let state = tempfile::tempdir().unwrap();
    let planner = Testing::named(Path::new(ROOT), state.path());
    let run = RunId::new("r1").unwrap();
    let names = planner.catalogue.names().unwrap();
    for name in &names {
        let planned = planner.plan(&run, &Asked::parse(name), &Wish::default()).await;
        let planned = planned.unwrap_or_else(|error| panic!("{name}: {}", error.text()));
        assert!(planned.unit.base.is_some(), "{name} has nothing to upgrade from");
    }
    let suites = planner.catalogue.root().folder().unwrap().join("suites");
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
    let found = Testing::named(Path::new(ROOT), state.path()).found();
    let unit = found.plan(&run, &asked, &wish).await.map_err(|e| e.text()).unwrap().unit;
    assert_eq!(unit.head.recipe.as_str(), "bore");
    assert_eq!(unit.suite, Suite::load(None, "bore").unwrap());
    assert!(unit.substitutes.is_empty(), "{:?}", unit.substitutes);
    assert_eq!(found.catalogue.source(&asked), None, "its last green would be the catalogue's");
    // A named root lends suite and substitutes, and nothing that lasts.
    let named = Testing::named(Path::new(ROOT), state.path());
    let unit = named.plan(&run, &asked, &wish).await.map_err(|e| e.text()).unwrap().unit;
    assert_ne!(unit.suite, Suite::load(None, "bore").unwrap());
    assert_eq!(unit.substitutes.len(), 1);
    assert_eq!(named.catalogue.source(&asked), None);
    assert!(unit.head.rerun.contains(" --root "), "{}", unit.head.rerun);
    // Named by the command that is printed, a root that was only found would lend and grant.
    let unit = found.plan(&run, &asked, &wish).await.map_err(|e| e.text()).unwrap().unit;
    assert!(!unit.head.rerun.contains("--root"), "{}", unit.head.rerun);
    assert!(found.catalogue.source(&Asked::parse("wordpress")).is_some());
}
