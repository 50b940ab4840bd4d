//! The engine's own command line is the judge of what a compose file asks of the engine: every
//! file in `fixtures/oracle/deploy` is deployed once by `docker stack deploy` and once by us, and
//! the engine has to hold the same services, networks, secrets and configs both times.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use cc_ci_docker::Docker;
use cc_ci_engine::{Engine, Selector, stack};
use cc_ci_model::StackName;
use cc_ci_recipe::{Input, Instance};
use cc_ci_testkit::stack::NGINX;
use serde_json::{Value, json};

/// The program that makes the machine able where it is not.
const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
/// The label in which the judge keeps the image as it was written, for its own next update.
const THEIR_LABEL: &str = "com.docker.stack.image";

/// Runs the engine's command line.
fn docker(folder: &Path, words: &[&str]) -> String {
    let out = Command::new("docker").args(words).current_dir(folder).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "docker {}: {said}", words.join(" "));
    String::from_utf8(out.stdout).unwrap()
}

/// The names of the stack's objects of one kind.
fn names(kind: &str, stack: &str) -> Vec<String> {
    let filter = format!("label=com.docker.stack.namespace={stack}");
    let words = [kind, "ls", "--filter", &filter, "--format", "{{.Name}}"];
    let mut names: Vec<String> =
        docker(Path::new("."), &words).lines().map(str::to_owned).collect();
    names.sort();
    names
}

fn inspect(kind: &str, name: &str) -> Value {
    let text = docker(Path::new("."), &[kind, "inspect", name]);
    serde_json::from_str::<Value>(&text).unwrap()[0].clone()
}

/// What the engine holds of a stack, without what it numbers and dates itself.
fn held(stack: &str) -> BTreeMap<String, Value> {
    let mut held = BTreeMap::new();
    let list =
        docker(Path::new("."), &["network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}}"]);
    let networks: BTreeMap<&str, &str> = list.lines().filter_map(|l| l.split_once(' ')).collect();
    for name in names("service", stack) {
        let mut spec = inspect("service", &name)["Spec"].clone();
        drop(spec["Labels"].as_object_mut().map(|labels| labels.remove(THEIR_LABEL)));
        for network in spec["TaskTemplate"]["Networks"].as_array_mut().into_iter().flatten() {
            let id = network["Target"].as_str().unwrap().to_owned();
            network["Target"] = json!(networks[id.as_str()]);
        }
        for (list, id) in [("Secrets", "SecretID"), ("Configs", "ConfigID")] {
            let refs = spec["TaskTemplate"]["ContainerSpec"][list].as_array_mut();
            for item in refs.into_iter().flatten() {
                drop(item.as_object_mut().unwrap().remove(id));
            }
        }
        held.insert(format!("service {name}"), spec);
    }
    for kind in ["secret", "config"] {
        for name in names(kind, stack) {
            held.insert(format!("{kind} {name}"), inspect(kind, &name)["Spec"].clone());
        }
    }
    for name in names("network", stack) {
        let seen = inspect("network", &name);
        let keys = ["Driver", "Internal", "Attachable", "Ingress", "EnableIPv6", "Labels", "Scope"];
        let mut network: Value =
            keys.iter().map(|key| ((*key).to_owned(), seen[key].clone())).collect();
        network["Options"] = seen["Options"].clone();
        // The VXLAN's number is the engine's own, and so are the addresses unless the file has them.
        drop(
            network["Options"]
                .as_object_mut()
                .map(|o| o.remove("com.docker.network.driver.overlay.vxlanid_list")),
        );
        network["Ipam"] = seen["IPAM"]["Driver"].clone();
        held.insert(format!("network {name}"), network);
    }
    held
}

/// Where two documents differ, one line each.
fn unequal(theirs: &Value, ours: &Value, at: &str, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let null = &Value::Null;
                let (a, b) = (a.get(key).unwrap_or(null), b.get(key).unwrap_or(null));
                unequal(a, b, &format!("{at}.{key}"), found);
            }
        }
        (a, b) if a == b => {}
        (a, b) => found.push(format!("{at}: theirs {a}, ours {b}")),
    }
}

#[rstest::rstest]
#[tokio::test]
async fn both_ask_the_same_of_the_engine(
    #[files("tests/fixtures/oracle/deploy/*.yml")] path: PathBuf,
) {
    let node = cc_ci_testkit::node(PROGRAM).needs([NGINX]).start(Docker::connect).await;
    let node = node.unwrap_or_else(|unable| panic!("{unable}"));
    let case = path.file_stem().unwrap().to_str().unwrap();
    let name = StackName::new(format!("orac-{case}")).unwrap();
    let folder = path.parent().unwrap();
    let file = format!("{case}.yml");

    docker(folder, &["stack", "deploy", "--resolve-image", "never", "-c", &file, name.as_str()]);
    let theirs = held(name.as_str());
    clean(node.engine(), &name).await;

    let settings = BTreeMap::new();
    let instance = Instance { stack: &name, domain: "oracle.test", settings: &settings };
    let input = Input { folder, env_file: None, files: &[file], instance };
    let resolved = input.stack().unwrap_or_else(|error| panic!("{error}"));
    let done = stack::deploy(node.engine(), &resolved.spec, &[], &BTreeMap::new()).await;
    let ours = held(name.as_str());
    clean(node.engine(), &name).await;
    node.finish().await;

    done.unwrap_or_else(|error| panic!("{error}"));
    assert!(theirs.keys().any(|object| object.starts_with("service ")), "nothing was deployed");
    let mut found = Vec::new();
    let document = |held: BTreeMap<String, Value>| Value::Object(held.into_iter().collect());
    unequal(&document(theirs), &document(ours), "", &mut found);
    assert!(found.is_empty(), "{case}\n{}", found.join("\n"));
}

async fn clean(engine: &dyn Engine, name: &StackName) {
    let down = stack::down(engine, &Selector::stack(name.as_str()), Duration::from_secs(30)).await;
    let left = down.unwrap().left;
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_difference_is_seen() {
    let mut found = Vec::new();
    let (a, b) = (json!({"a": {"b": 1}, "c": [1]}), json!({"a": {"b": 2}, "c": [1], "d": 0}));
    unequal(&a, &b, "", &mut found);
    assert_eq!(found, [".a.b: theirs 1, ours 2", ".d: theirs null, ours 0"]);
}

/// There are enough of them to say something.
#[test]
fn there_are_cases() {
    let files = std::fs::read_dir("tests/fixtures/oracle/deploy").unwrap();
    let cases =
        files.filter(|f| f.as_ref().unwrap().path().extension().is_some_and(|e| e == "yml"));
    assert!(cases.count() >= 30);
}
