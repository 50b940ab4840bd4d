//! Recipes that take more of the machine than they may, and input that is made to exhaust or to mislead a
//! reader: each ends in bounded time, memory and disk, and nothing is left.

use std::time::{Duration, Instant};

use cc_ci_docker::Docker;
use cc_ci_model::{Adaptation, Cause, Event, Fault, Outcome, Owner, Record, Tier};
use rstest::rstest;

use crate::stage::{Attack, was_refused};

/// No engine listens here: what is refused at planning needs none.
const NO_ENGINE: (&str, &str) = ("DOCKER_HOST", "unix:///nonexistent/engine.sock");

#[rstest]
#[case::replicas("replicas", &["service app", "deploy.replicas 1000000000", "ceiling of 10", "--ceiling replicas="])]
#[case::tmpfs("tmpfs-huge", &["volume data", "driver_opts.o 100 GiB", "ceiling of 1 GiB", "--ceiling tmpfs_bytes="])]
#[tokio::test]
async fn too_much_is_refused_before_anything_is_created(
    #[case] name: &str,
    #[case] parts: &[&str],
) {
    let attack = Attack::of(name);
    let folder = attack.folder("run");
    let recipe = attack.recipe.display().to_string();
    let ended = attack.checkout.say_with(NO_ENGINE, folder.words(["run", &recipe])).await;
    ended.expect_refusal(2, parts);
    was_refused(&folder);
}

/// A ceiling that is named in several places is what the strongest of them says.
#[tokio::test]
async fn a_flag_holds_before_the_environment_and_that_before_the_file() {
    let attack = Attack::of("replicas");
    let recipe = attack.recipe.display().to_string();
    let state = attack.checkout.beside("state");
    std::fs::create_dir_all(&state).unwrap();
    std::fs::write(state.join("settings.toml"), "schema = 1\n[ceilings]\nreplicas = 3\n").unwrap();
    let state = state.display().to_string();
    let words = ["run", &recipe, "--state", &state];
    let say = |variable, words: Vec<&str>| {
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        let checkout = &attack.checkout;
        async move { checkout.say_with(variable, words.iter().map(String::as_str)).await }
    };
    say(NO_ENGINE, words.to_vec()).await.expect_refusal(2, &["ceiling of 3 for tasks of one"]);
    let environment = ("CC_CI_CEILINGS", "replicas=4,tasks=5");
    let said = say(environment, words.to_vec()).await;
    said.expect_refusal(2, &["ceiling of 4 for tasks of one", "ceiling of 5 for tasks of all"]);
    let flag = [words.as_slice(), &["--ceiling", "replicas=6"]].concat();
    let said = say(environment, flag).await;
    said.expect_refusal(2, &["ceiling of 6 for tasks of one", "ceiling of 5 for tasks of all"]);
}

#[rstest]
#[case::unknown_key("schema = 1\nregistryport = 1\n", &["settings.toml:2", "did you mean registry_port?"])]
#[case::unknown_ceiling("schema = 1\n[ceilings]\nreplica = 1\n", &["settings.toml:3", "did you mean replicas?"])]
#[case::no_value("schema = 1\n[ceilings]\nreplicas = \"many\"\n", &["settings.toml:3", "a whole number above 0"])]
#[tokio::test]
async fn settings_with_a_mistake_are_refused(#[case] text: &str, #[case] parts: &[&str]) {
    let attack = Attack::of("replicas");
    let state = attack.checkout.beside("state");
    std::fs::create_dir_all(&state).unwrap();
    std::fs::write(state.join("settings.toml"), text).unwrap();
    let state = state.display().to_string();
    let ended = attack.checkout.say_with(NO_ENGINE, ["list", "--state", &state]).await;
    ended.expect_refusal(2, parts);
}

/// What is read of a file is bounded before it is understood.
#[rstest]
#[case::ten_megabytes(|| format!("services: {{}}\n#{}\n", "x".repeat(10 << 20)), "compose.yml is larger than 1048577 bytes")]
#[case::aliases(bomb, "aliases replaced")]
#[case::ports(
    || format!("services:\n  app:\n    image: a\n    ports:\n{}", "      - \"1-65535\"\n".repeat(9000)),
    "ranges written out"
)]
#[tokio::test]
async fn a_file_that_is_made_to_exhaust_a_reader_is_refused(
    #[case] text: fn() -> String,
    #[case] part: &str,
) {
    let attack = Attack::of("replicas");
    attack.checkout.copy("tests/fixtures/hostile/replicas", "stranger");
    attack.checkout.write("stranger/versions/0.1.0+1.26.3/compose.yml", text());
    let recipe = attack.checkout.root().join("stranger").display().to_string();
    let folder = attack.folder("run");
    let ended = attack.checkout.say_with(NO_ENGINE, folder.words(["run", &recipe])).await;
    ended.expect_refusal(2, &["compose.yml", part]);
    was_refused(&folder);
}

/// Nine lists of ten aliases each.
fn bomb() -> String {
    let mut text = "x0: &x0 [y, y, y, y, y, y, y, y, y, y]\n".to_owned();
    for n in 1..9 {
        let items = vec![format!("*x{}", n - 1); 10].join(", ");
        text += &format!("x{n}: &x{n} [{items}]\n");
    }
    text + "services: {}\n"
}

/// Runs an attack on the engine; the answer is what happened. Nothing is left, and no piece of evidence
/// is above its ceiling.
async fn attacked(name: &str, words: &[&str], suite: &str, code: i32) -> Vec<Record> {
    let node = cc_ci_testkit::node(crate::stage::PROGRAM).hold(Docker::connect).await;
    let attack = Attack::of(name);
    let root = attack.checkout.root().display().to_string();
    let mut words = words.to_vec();
    if !suite.is_empty() {
        // Only a named root has a suite for a recipe that is given by its path.
        words.extend(["--root", &root]);
        // The catalogue is linked; a suite of the test's own must not get into the project.
        let suites = attack.checkout.root().join("suites");
        std::fs::remove_file(&suites).unwrap();
        attack.checkout.copy("suites/generic.toml", "suites/generic.toml");
        attack.checkout.write(&format!("suites/{name}/suite.toml"), suite);
    }
    let folder = attack.folder("run");
    let recipe = attack.recipe.display().to_string();
    let words = [&["run", recipe.as_str()], words.as_slice()].concat();
    attack.checkout.say(folder.words(words)).await.expect(code);
    node.left_of(&folder.run()).await.assert_none();
    for entry in std::fs::read_dir(folder.out().join("evidence")).unwrap() {
        let bytes = entry.unwrap().metadata().unwrap().len();
        assert!(bytes < (4 << 20) + 100, "{bytes} bytes in one piece of evidence");
    }
    node.finish().await;
    folder.records()
}

fn faults(records: &[Record]) -> Vec<Fault> {
    let fault = |record: &Record| match &record.event {
        Event::CheckFinished { tier, outcome: Outcome::Failed { fault }, .. }
            if !tier.is_advisory() =>
        {
            Some(fault.clone())
        }
        _ => None,
    };
    records.iter().filter_map(fault).collect()
}

#[tokio::test]
async fn a_hook_that_prints_a_gigabyte_is_cut_off() {
    let tiers = ["--tiers", "deploy,backup"];
    let records = attacked("hook-flood", &tiers, "", 0).await;
    let kept = records.iter().find_map(|record| match &record.event {
        Event::HookRan { evidence, .. } => evidence.clone(),
        _ => None,
    });
    assert!(kept.unwrap().bytes > 1 << 20);
}

#[tokio::test]
async fn a_hook_that_never_ends_is_given_up() {
    let began = Instant::now();
    let suite = "schema = 1\n[timeouts]\nhook = 5\n";
    let tiers = ["--tiers", "deploy,backup"];
    let records = attacked("hook-endless", &tiers, suite, 12).await;
    assert!(matches!(faults(&records)[0], Fault::Deadline { .. }), "{:?}", faults(&records));
    assert!(began.elapsed() < Duration::from_secs(600), "a hook is not waited for for ever");
}

#[tokio::test]
async fn a_log_without_end_fills_nothing() {
    let records = attacked("log-flood", &["--tiers", "deploy,backup,restore"], "", 0).await;
    let told = records.iter().filter(|record| {
        matches!(&record.event, Event::Adapted { what: Adaptation::Limit, to, .. }
            if to == "3 files of 10 MiB")
    });
    assert_eq!(told.count(), 1);
}

/// A limit of ours is never the recipe's fault; a limit of its own is.
#[rstest]
#[case::processes("process-flood", &["--ceiling", "pids_per_task=200"], "200 processes", Owner::Harness)]
#[case::memory("memory-flood", &["--ceiling", "memory_per_task=64m", "--ceiling", "memory_least=64m"], "64 MiB of memory", Owner::Harness)]
#[case::memory_of_its_own("memory-own", &[], "its own memory limit of 67108864 bytes", Owner::Recipe)]
#[tokio::test]
async fn who_set_the_limit_owns_the_failure(
    #[case] name: &str,
    #[case] words: &[&str],
    #[case] said: &str,
    #[case] owner: Owner,
) {
    let code = if owner == Owner::Harness { 11 } else { 10 };
    let words = [&["--tiers", "deploy"], words].concat();
    let records = attacked(name, &words, "", code).await;
    let fault = &faults(&records)[0];
    assert!(fault.to_string().contains(said), "{fault}");
    let cause = if owner == Owner::Harness { Cause::Node } else { Cause::Resources };
    assert_eq!(fault.origin(), (owner, cause));
}

/// The container outlives the kill of its hook.
#[tokio::test]
async fn a_hook_that_meets_a_limit_of_ours_is_not_the_recipe_s_failure() {
    let limits = ["--ceiling", "memory_per_task=100m", "--ceiling", "memory_least=100m"];
    let words = [["--tiers", "deploy,backup"].as_slice(), &limits].concat();
    let records = attacked("hook-memory", &words, "", 11).await;
    let fault = &faults(&records)[0];
    assert!(fault.to_string().contains("100 MiB of memory"), "{fault}");
}

#[tokio::test]
async fn a_volume_that_grows_without_end_ends_the_unit() {
    let words = ["--tiers", "deploy,restart", "--ceiling", "disk_bytes=300m"];
    let suite = "schema = 1\n[timeouts]\nstable = 60\n";
    let records = attacked("disk-flood", &words, suite, 11).await;
    let fault = &faults(&records)[0];
    assert!(matches!(fault, Fault::AddedLimit { .. }), "{fault}");
    assert!(fault.to_string().contains("300 MiB of disk"), "{fault}");
    let torn_down = records.iter().filter(|record| {
        matches!(
            record.event,
            Event::TierFinished { tier: Tier::Teardown, outcome: Outcome::Passed, .. }
        )
    });
    assert!(torn_down.count() >= 1);
}

/// The recipe's own hook, after the restore, looks for every file and for links that were followed.
#[tokio::test]
async fn odd_names_and_links_are_saved_damaged_and_restored() {
    let records = attacked("odd-names", &[], "", 0).await;
    assert_eq!(faults(&records), []);
    let verified = records.iter().filter(|record| {
        matches!(&record.event, Event::HookRan { hook, exit_code: 0, .. }
            if hook == "backupbot.restore.post-hook")
    });
    assert!(verified.count() >= 1);
}
