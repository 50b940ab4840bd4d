//! Recipes that reach for what is not theirs: the node, the engine's daemon, objects and names of other
//! stacks. All of them are refused at planning, so that no test here needs an engine.

use std::path::{Path, PathBuf};
use std::process::Command;

use cc_ci_testkit::Checkout;
use rstest::rstest;

use crate::stage::{Attack, PROGRAM, was_refused};

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");
/// No engine listens here.
const NO_ENGINE: (&str, &str) = ("DOCKER_HOST", "unix:///nonexistent/engine.sock");
const REFUSED: i32 = 2;

/// Whether a run would be refused with these words. A command that deploys nothing is asked: what is
/// accepted here must not reach an engine.
async fn is_accepted(checkout: &Checkout, recipe: &str, words: &[&str]) -> bool {
    let words = ["config", recipe].into_iter().chain(words.iter().copied());
    let ended = checkout.say_with(NO_ENGINE, words).await;
    !ended.expect(0).stderr().contains("a run would refuse this")
}

#[rstest]
#[case::p01("foreign-volume-name", &[
    "compose.yml:21:10", "volume data has the name vict-d23a88_data",
    "--grant volume-name:vict-d23a88_data",
])]
#[case::p02("foreign-volume-external", &[
    "compose.yml:21:10", "volume data is the external volume vict-d23a88_data",
    "--grant external-volume:vict-d23a88_data",
])]
#[case::p05("volume-bind", &["compose.yml:21:10", "is the path / of the node", "--grant bind:/"])]
#[case::p10("logging-syslog", &[
    "compose.yml:6:15", "logs through the driver syslog", "--grant log-driver:syslog",
    "--grant log-option:syslog-address=tcp://127.0.0.1:28998",
])]
#[case::p11("forged-labels", &[
    "compose.yml:", "service app sets the label cc-ci.run", "service app sets the label cc-ci.infra",
    "service app sets the label com.docker.stack.namespace", "network internal sets the label cc-ci.run",
    "volume data sets the label cc-ci.infra", "no grant can allow it",
])]
#[case::p12("foreign-host", &[
    "compose.yml:12:11", "has the router", "which is not only about hosts at or below ${DOMAIN}",
    "--grant 'router:http.${STACK_NAME}'", "the priority 1000",
    "--grant 'router-priority:http.${STACK_NAME}'",
])]
#[case::p15("volume-key-dotdot", &["compose.yml:22:3", "volumes", "\"..\" is not a name"])]
#[case::p20("config-symlink", &["compose.yml:", "is a symbolic link that leaves the recipe's folder"])]
#[case::p22("network-bridge", &[
    "compose.yml:5:", "a network of the driver bridge", "--grant network-driver:bridge",
])]
#[case::objects("foreign-objects", &[
    "--grant external-network:bridge", "--grant external-network:ingress",
    "--grant external-network:vict-d23a88_internal", "--grant network-name:vict-d23a88_default",
    "--grant external-secret:vict-d23a88_pw_v1", "--grant external-config:vict-d23a88_conf_v1",
    "--grant 'volume-name:x_${STACK_NAME}_data'", "all of it at once: --grant ",
])]
#[case::routers("open-routers", &[
    "router:http.catch-all", "router:http.negated", "router:http.regexp", "router:http.comment",
    "router-priority:http.first", "router:http.api", "router:tcp.raw", "router:udp.dns",
    "edge-dials:http://169.254.169.254/latest",
])]
#[case::daemon("daemon-options", &[
    "log-driver:fluentd", "log-option:fluentd-address=10.0.0.1:24224", "log-option:path",
    "network-option:com.docker.network.bridge.name", "ipam-driver:acme",
    "network-subnet:10.0.0.0/8", "volume-driver:rclone", "volume-type:nfs", "volume-type:tmpfs",
])]
#[case::self_grant("self-grant", &[
    "compose.yml:6:", "mounts / of the node", "--grant host-mount:/", "grant nothing here",
])]
#[case::plain_folder("plain-root-grant", &[
    "compose.yml:6:", "mounts / of the node", "--grant host-mount:/", "grant nothing here",
])]
#[tokio::test]
async fn is_refused_before_anything_is_created(#[case] name: &str, #[case] parts: &[&str]) {
    let attack = Attack::of(name);
    let folder = attack.folder("run");
    let recipe = attack.recipe.display().to_string();
    let ended = attack.checkout.say_with(NO_ENGINE, folder.words(["run", &recipe])).await;
    ended.expect_refusal(REFUSED, parts);
    was_refused(&folder);
}

/// A refusal's own words are enough to get the recipe accepted, and half of them are not.
#[tokio::test]
async fn powers_are_granted_one_by_one() {
    let attack = Attack::of("logging-syslog");
    let recipe = attack.recipe.display().to_string();
    let driver = ["--grant", "log-driver:syslog"];
    let address = ["--grant", "log-option:syslog-address=tcp://127.0.0.1:28998"];
    for (grants, accepted) in [
        (driver.to_vec(), false),
        (address.to_vec(), false),
        ([driver, address].concat(), true),
        (vec!["--grant", "log-driver:gelf", "--grant", "log-option:syslog-address"], false),
    ] {
        let found = is_accepted(&attack.checkout, &recipe, &grants).await;
        assert_eq!(found, accepted, "{grants:?}");
    }
}

#[tokio::test]
async fn a_grant_that_is_none_is_refused() {
    let attack = Attack::of("logging-syslog");
    let recipe = attack.recipe.display().to_string();
    let words = ["run", &recipe, "--grant", "log-drivers:syslog"];
    let ended = attack.checkout.say_with(NO_ENGINE, words).await;
    assert!(ended.expect(REFUSED).stderr().contains("did you mean log-driver:"), "{ended}");
}

fn copy_of(attack: &Attack, name: &str) -> PathBuf {
    let folder = attack.checkout.beside(name);
    copy(&attack.recipe, &folder);
    folder
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

fn git(folder: &Path, words: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=stranger", "-c", "user.email=stranger@example.org"]);
    git.args(["-c", "init.defaultBranch=main", "-c", "commit.gpgSign=false"]);
    let done = git.arg("-C").arg(folder).args(words).output().unwrap();
    assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A work tree with `versions/` was once taken for the catalogue.
#[rstest]
#[case::work_tree("")]
#[case::branch("#main")]
#[tokio::test]
async fn a_git_work_tree_grants_itself_nothing(#[case] reference: &str) {
    let attack = Attack::of("self-grant");
    let tree = copy_of(&attack, "tree");
    // The root of a repository is what a reference tests, and a folder is tested by its versions.
    let compose = "versions/0.1.0+1.26.3/compose.yml";
    std::fs::copy(tree.join(compose), tree.join("compose.yml")).unwrap();
    git(&tree, &["init", "-q"]);
    git(&tree, &["add", "."]);
    git(&tree, &["commit", "-q", "-m", "x"]);
    let recipe = format!("{}{reference}", tree.display());
    let state = attack.checkout.beside("state").display().to_string();
    let folder = attack.folder("run");
    let words = folder.words(["run", &recipe, "--state", &state]);
    let ended = attack.checkout.say_with(NO_ENGINE, words).await;
    ended.expect_refusal(REFUSED, &["mounts / of the node", "--grant host-mount:/"]);
}

/// A stranger's checkout that looks like a catalogue: `recipes/`, `suites/`, a floor that is broken, and a
/// recipe that is granted the node's files there.
fn strangers_checkout(attack: &Attack) -> Checkout {
    let checkout = Checkout::bare(PROJECT, PROGRAM);
    copy(&attack.recipe, &checkout.root().join("recipes/shop"));
    // This is a link to the project's own floor, which is not to be written.
    std::fs::remove_file(checkout.root().join("suites/generic.toml")).unwrap();
    checkout.write("suites/generic.toml", "schema = 1\nno_such_key = 1\n");
    checkout
}

#[tokio::test]
async fn a_checkout_of_a_stranger_lends_nothing_to_a_path() {
    let attack = Attack::of("self-grant");
    let checkout = strangers_checkout(&attack);
    let out = checkout.run_folder("run");
    let path = out.words(["run", "./recipes/shop"]);
    let ended = checkout.say_with(NO_ENGINE, path).await;
    ended.expect_refusal(REFUSED, &["mounts / of the node", "grant nothing here"]);
    // The broken floor of that root would have been read before any power is judged.
    assert!(!ended.stderr().contains("no_such_key"), "{ended}");
    assert!(!is_accepted(&checkout, "./recipes/shop", &[]).await);
    assert!(is_accepted(&checkout, "./recipes/shop", &["--grant", "host-mount:/"]).await);
}

#[tokio::test]
async fn a_root_that_was_found_grants_nothing_and_a_named_one_does() {
    let attack = Attack::of("self-grant");
    let checkout = strangers_checkout(&attack);
    checkout.write("suites/generic.toml", "schema = 1\n");
    let out = checkout.run_folder("run");
    let by_name = out.words(["run", "shop"]);
    let ended = checkout.say_with(NO_ENGINE, by_name).await;
    let root = checkout.root().canonicalize().unwrap().display().to_string();
    let hint = format!("name it with --root {root}");
    ended.expect_refusal(REFUSED, &["mounts / of the node", "grant nothing here", &hint]);
    assert!(!is_accepted(&checkout, "shop", &[]).await);
    assert!(is_accepted(&checkout, "shop", &["--root", &root]).await);
    // A path is a path, whatever it leads to.
    let path = out.words(["run", "./recipes/shop", "--root", &root]);
    checkout.say_with(NO_ENGINE, path).await.expect_refusal(REFUSED, &["grant nothing here"]);
}

/// A folder with `source = …` would make the program fetch what only its user can read.
#[tokio::test]
async fn only_the_catalogue_says_that_a_recipe_lies_elsewhere() {
    let attack = Attack::of("self-grant");
    let folder = attack.checkout.beside("elsewhere");
    std::fs::create_dir_all(&folder).unwrap();
    let manifest = "schema = 1\nsource = \"ssh://git@private.example/secret\"\n";
    std::fs::write(folder.join("recipe.toml"), manifest).unwrap();
    let recipe = folder.display().to_string();
    let ended = attack.checkout.say_with(NO_ENGINE, ["run", &recipe]).await;
    ended.expect_refusal(REFUSED, &["recipe.toml: its source", "asked for by name"]);
}

/// What a message quotes of a file is the recipe's own text.
#[tokio::test]
async fn a_manifest_that_leads_out_is_not_quoted() {
    let attack = Attack::of("self-grant");
    let folder = copy_of(&attack, "linked");
    std::fs::remove_file(folder.join("recipe.toml")).unwrap();
    let secret = attack.checkout.beside("secret");
    std::fs::write(&secret, "root:hush-hush:1\n").unwrap();
    std::os::unix::fs::symlink(&secret, folder.join("recipe.toml")).unwrap();
    let recipe = folder.display().to_string();
    let ended = attack.checkout.say_with(NO_ENGINE, ["run", &recipe]).await;
    ended.expect(REFUSED);
    assert!(!ended.stderr().contains("hush-hush"), "{ended}");
}
