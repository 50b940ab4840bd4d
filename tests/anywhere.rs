//! The program works in an empty folder: what it needs of a checkout is part of it.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
/// No engine listens here.
const NO_ENGINE: &str = "unix:///nonexistent/engine.sock";

const COMPOSE: &str = "version: \"3.8\"
services:
  app:
    image: nginx:1.26.3
    deploy:
      labels: [\"coop-cloud.${STACK_NAME}.version=1.0.0+1.26.3\"]
";

/// An empty folder of a user who has nothing but the program, as `cargo install` leaves it.
struct Nowhere {
    folder: TempDir,
}

impl Nowhere {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", "here"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        // A second name is enough where both lie on one disk; a copy that is still being written by another
        // thread could not be started.
        let program = folder.path().join("bin/cc-ci");
        fs::hard_link(PROGRAM, &program)
            .or_else(|_| fs::copy(PROGRAM, &program).map(drop))
            .unwrap();
        Self { folder }
    }

    fn here(&self) -> PathBuf {
        self.folder.path().join("here")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.here().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn say(&self, words: &[&str]) -> Output {
        let mut command = Command::new(self.folder.path().join("bin/cc-ci"));
        command.current_dir(self.here()).env("CC_CI_STATE", self.folder.path().join("state"));
        command.env_remove("CC_CI_ROOT").env("DOCKER_HOST", NO_ENGINE);
        command.args(words).output().unwrap()
    }
}

fn text(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    format!("{out}{err}")
}

#[test]
fn the_bundled_recipes_are_listed() {
    let nowhere = Nowhere::new();
    let listed = nowhere.say(&["list", "--json"]);
    assert!(listed.status.success(), "{}", text(&listed));
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes");
    let versions = fs::read_dir(project)
        .unwrap()
        .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().join("versions").is_dir()));
    let rows = listed.as_array().unwrap();
    assert_eq!(rows.len(), versions.count());
    assert!(rows.iter().any(|row| row["recipe"] == "mumble" && row["suite"] == true), "{listed}");
    assert_eq!(fs::read_dir(nowhere.here()).unwrap().count(), 0, "the folder stays empty");
}

/// What needs no engine does its work; what needs one gets as far as the engine.
#[rstest]
#[case::config_of_a_folder(&["config", "./my-recipe"], 0)]
#[case::config_of_a_bundled_one(&["config", "mumble"], 0)]
#[case::lint_of_a_bundled_one(&["lint", "custom-html"], 0)]
#[case::run_of_a_folder(&["run", "./my-recipe"], 20)]
#[case::run_of_a_bundled_one(&["run", "mumble"], 20)]
#[case::rerun(&["rerun", "./my-recipe"], 20)]
#[case::nightly(&["nightly"], 20)]
#[case::images_build(&["images", "build"], 20)]
#[case::images_list(&["images", "list"], 20)]
fn every_command_finds_what_it_needs(#[case] words: &[&str], #[case] code: i32) {
    let nowhere = Nowhere::new();
    nowhere.write("my-recipe/compose.yml", COMPOSE);
    let said = nowhere.say(words);
    assert_eq!(said.status.code(), Some(code), "{}", text(&said));
}

#[test]
fn a_root_that_is_found_wins_and_what_it_lacks_is_the_programs_own() {
    let nowhere = Nowhere::new();
    nowhere.write("recipes/shop/recipe.toml", "schema = 1\n");
    nowhere.write("recipes/shop/versions/1.0.0+1.26.3/compose.yml", COMPOSE);
    nowhere.write("suites/shop/suite.toml", "schema = 1\n[timeouts]\ndeploy = 60\n");
    let listed = nowhere.say(&["list", "--json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|row| &row["recipe"]).collect();
    assert_eq!(names, ["shop"]);
    // It has neither the floor of all suites nor the definitions of the harness's own images.
    let run = nowhere.say(&["run", "shop"]);
    assert_eq!(run.status.code(), Some(20), "{}", text(&run));
    let unknown = nowhere.say(&["run", "mumble"]);
    assert_eq!(unknown.status.code(), Some(2), "{}", text(&unknown));
    assert!(text(&unknown).contains("no recipe \"mumble\""), "{}", text(&unknown));
}
