//! Asking for a recipe's files in every way there is.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cc_ci_model::StackName;

use crate::{Input, Instance, RecipeError, Rendered, Resolved};

const COMPOSE: &str = "version: \"3.8\"\nservices:\n  app:\n    image: shop:${TAG:-1}\n    \
                       environment: [DOMAIN]\n    restart: \"no\"\n    configs: [c]\nconfigs:\n  c: \
                       {file: ./c.tmpl, name: \"${STACK_NAME}_c\"}\n";
const OVER: &str = "version: \"3.8\"\nservices: {app: {hostname: \"h$UNSET\"}}\n";

struct Recipe(tempfile::TempDir);

impl Recipe {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sub")).unwrap();
        for (name, text) in [
            ("compose.yml", COMPOSE),
            ("compose.over.yml", OVER),
            ("sub/compose.yml", COMPOSE),
            (".env.sample", "TAG=2\n"),
            ("mine.env", "TAG=3\nDOMAIN=mine.test\nCOMPOSE_FILE=compose.yml:compose.over.yml\n"),
            ("c.tmpl", "top"),
            ("sub/c.tmpl", "below"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self(folder)
    }

    fn ask<T>(
        &self,
        env: Option<&str>,
        files: &[&str],
        ask: impl for<'a, 'b> Fn(&'a Input<'b>) -> Result<T, RecipeError>,
    ) -> Result<T, RecipeError> {
        let stack = &StackName::new("shop-abc123").unwrap();
        let settings = &BTreeMap::new();
        let instance = Instance { stack, domain: "shop.test", settings };
        let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
        let env_file = env.map(|env| self.0.path().join(env));
        let env_file = env_file.as_deref();
        ask(&Input { folder: self.0.path(), env_file, files: &files, instance })
    }

    fn config(&self, env: Option<&str>, files: &[&str]) -> Rendered {
        self.ask(env, files, |i| i.config()).unwrap()
    }

    fn stack(&self, env: Option<&str>, files: &[&str]) -> Resolved {
        self.ask(env, files, |i| i.stack()).unwrap()
    }

    fn shown(&self, text: &str) -> String {
        text.replace(&self.0.path().display().to_string(), "/recipe")
    }
}

#[test]
fn the_recipe_s_own_files() {
    let recipe = Recipe::new();
    let config = recipe.config(None, &[]);
    insta::assert_snapshot!("config_yaml", recipe.shown(&config.yaml()));
    insta::assert_snapshot!("config_json", recipe.shown(&config.json()));
    assert_eq!((config.ignored, config.unset), (vec!["services.app.restart".to_owned()], vec![]));
    assert_eq!(config.refused, None);
    assert_eq!(recipe.stack(None, &[]).images, ["shop:2"]);
}

#[test]
fn an_operator_s_environment_takes_the_place_of_the_sample() {
    let recipe = Recipe::new();
    let resolved = recipe.stack(Some("mine.env"), &[]);
    let app = &resolved.spec.services["app"];
    assert_eq!((app.image.as_str(), app.hostname.as_deref()), ("shop:3", Some("h")));
    assert_eq!(app.environment["DOMAIN"].as_deref(), Some("mine.test"));
    assert_eq!(resolved.unset, ["UNSET"]);
    assert!(recipe.ask(Some("none.env"), &[], |i| i.stack()).is_err());
}

#[test]
fn files_may_be_named_one_by_one() {
    let recipe = Recipe::new();
    let files = ["compose.yml", "compose.over.yml"];
    assert!(recipe.config(None, &files).yaml().contains("hostname: h\n"));
    // Paths start from the folder of the first file, as the command line has it.
    let resolved = recipe.stack(None, &["sub/compose.yml"]);
    let cc_ci_model::ObjectSource::Content(file) = &resolved.spec.configs["c"].source else {
        panic!("no content")
    };
    assert_eq!(file.bytes, b"below");
    let printed = recipe.shown(&recipe.config(None, &["sub/compose.yml"]).yaml());
    assert!(printed.contains("file: /recipe/sub/c.tmpl\n"), "{printed}");
}

#[test]
fn what_a_deploy_would_refuse_is_printed_and_said() {
    let recipe = Recipe::new();
    let config = recipe.config(None, &["compose.over.yml"]);
    assert!(config.yaml().contains("hostname: h\n"));
    let refused = config.refused.unwrap().to_string();
    assert!(refused.contains("key `image` is missing"), "{refused}");
    assert!(recipe.ask(None, &["compose.over.yml"], |i| i.stack()).is_err());
}

#[test]
fn a_missing_content_matters_to_a_deploy_only() {
    let recipe = Recipe::new();
    fs::remove_file(recipe.0.path().join("c.tmpl")).unwrap();
    assert_eq!(recipe.config(None, &[]).refused, None);
    assert!(recipe.ask(None, &[], |i| i.stack()).is_err());
    let empty = Rendered::of_files(
        Path::new("/nonexistent"),
        &[],
        &BTreeMap::new(),
        &StackName::new("a").unwrap(),
    );
    assert!(matches!(empty, Err(RecipeError::File { .. })));
}
