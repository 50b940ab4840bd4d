//! Folders as people have them: beside the catalogue, in git, with names of other tools.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const COMPOSE: &str = "version: \"3.8\"\nservices:\n  app:\n    image: \"shop:${STACK_NAME}\"\n";

fn run(folder: &Path, program: &str, words: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.current_dir(folder).env("CC_CI_STATE", folder.join("state")).env_remove("CC_CI_ROOT");
    command.args(words).output().unwrap()
}

fn said(output: &Output) -> String {
    let parts = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    parts.concat()
}

/// An empty folder with one file of the recipe `folder`.
fn with(folder: &str, file: &str) -> TempDir {
    let here = tempfile::tempdir().unwrap();
    fs::create_dir(here.path().join(folder)).unwrap();
    fs::write(here.path().join(folder).join(file), COMPOSE).unwrap();
    here
}

#[test]
fn a_folder_beside_the_catalogue_is_pointed_to() {
    let here = with("my-recipe", "compose.yml");
    let said = said(&run(here.path(), PROGRAM, &["lint", "my-recipe"]));
    assert!(said.contains("write ./my-recipe"), "{said}");
}

/// The checkout of a commit is gone when a reader opens the files.
#[test]
fn files_of_a_repository_are_named_relative_to_it() {
    let here = with("shop", "compose.yml");
    let shop = here.path().join("shop");
    let author = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    for words in [&["init", "-q"][..], &["add", "-A"], &["commit", "-q", "-m", "one"]] {
        let output = run(&shop, "git", &[&author, words].concat());
        assert!(output.status.success(), "{}", said(&output));
    }
    let log = run(here.path(), PROGRAM, &["lint", "./shop", "--format", "sarif"]);
    let log: Value = serde_json::from_slice(&log.stdout).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let uri = |result: &Value| {
        let place = &result["locations"][0]["physicalLocation"];
        place["artifactLocation"]["uri"].as_str().unwrap().to_owned()
    };
    let uris: Vec<String> = results.iter().map(uri).collect();
    assert!(uris.contains(&"compose.yml".to_owned()), "{uris:?}");
    assert!(uris.iter().all(|uri| !uri.contains('/')), "{uris:?}");
    let text = said(&run(here.path(), PROGRAM, &["lint", "./shop"]));
    assert!(text.contains("\n  compose.yml:3:3: services.app.healthcheck"), "{text}");
    // A folder that is no repository is named as it was asked for.
    fs::remove_dir_all(shop.join(".git")).unwrap();
    let text = said(&run(here.path(), PROGRAM, &["lint", "./shop"]));
    assert!(text.contains("\n  ./shop/compose.yml:3:3: "), "{text}");
}

#[test]
fn config_prints_what_docker_prints_whatever_the_folder_and_file_are_called() {
    let here = with("a+b", "docker-compose.yml");
    fs::write(here.path().join("x.env"), "STACK_NAME=mine\n").unwrap();
    let words = ["config", "./a+b", "-c", "docker-compose.yml", "--env", "x.env"];
    let output = run(here.path(), PROGRAM, &words);
    assert!(output.status.success() && said(&output).contains("shop:mine"), "{}", said(&output));
    let output = run(here.path(), PROGRAM, &["config", "./a+b"]);
    assert_eq!(output.status.code(), Some(2));
    let expected = "its docker-compose.yml would have to be called compose.yml";
    assert!(said(&output).contains(expected), "{}", said(&output));
}
