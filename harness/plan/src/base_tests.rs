//! A base that was the tip of the default branch is found again, wherever the branch is by then.

use std::path::Path;
use std::process::Command;

use cc_ci_model::RunId;

use crate::asked::Asked;
use crate::planner::{Planned, Wish};
use crate::testing::Testing;

fn git(folder: &Path, words: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgSign=false"]);
    let done = git.arg("-C").arg(folder).args(words).output().unwrap();
    assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

fn commit(folder: &Path, version: &str) -> String {
    let compose = format!(
        "version: \"3.8\"\nservices:\n  app:\n    image: a:1\n    deploy:\n      labels:\n        \
         - \"coop-cloud.${{STACK_NAME}}.version={version}\"\n"
    );
    std::fs::write(folder.join("compose.yml"), compose).unwrap();
    git(folder, &["add", "."]);
    git(folder, &["commit", "-q", "-m", version]);
    git(folder, &["rev-parse", "HEAD"])
}

#[tokio::test]
async fn a_base_that_was_the_tip_of_the_default_branch_is_found_again() {
    let state = tempfile::tempdir().unwrap();
    let shop = state.path().join("shop");
    std::fs::create_dir(&shop).unwrap();
    git(&shop, &["init", "-q", "-b", "main"]);
    let tip = commit(&shop, "1.0.0+1");
    git(&shop, &["checkout", "-q", "-b", "feature"]);
    let head = commit(&shop, "1.1.0+1");
    git(&shop, &["checkout", "-q", "main"]);

    let planner = Testing::bundled(state.path());
    let asked = Asked::parse(&format!("{}#{head}", shop.display()));
    let planned = |from: Option<String>| {
        let (planner, asked) = (&planner, asked.clone());
        async move {
            let (run, wish) = (RunId::new("r1").unwrap(), Wish { from, ..Wish::default() });
            let planned = planner.plan(&run, &asked, &wish).await;
            planned.unwrap_or_else(|error| panic!("{}", error.text()))
        }
    };
    let base = |planned: &Planned| planned.unit.head.base_commit.clone();
    let first = planned(None).await;
    assert_eq!(base(&first), Some(tip.clone()), "{}", first.unit.head.base_reason);
    // The command that is reported names it, although nothing was typed.
    let rerun = &first.unit.head.rerun;
    assert!(rerun.contains(&format!("--from '#{tip}'")), "{rerun}");
    // By the name that reports give it, as long as the branch stays there.
    let version = first.unit.head.base.as_ref().unwrap().to_string();
    assert_eq!(base(&planned(Some(version)).await), Some(tip.clone()));
    // By its commit, also when the branch has moved on.
    commit(&shop, "1.0.1+1");
    assert_ne!(base(&planned(None).await), Some(tip.clone()));
    let again = planned(Some(format!("#{tip}"))).await;
    assert_eq!(base(&again), Some(tip.clone()));
    let rerun = &again.unit.head.rerun;
    assert!(rerun.contains(&format!("--from '#{tip}'")), "{rerun}");
}
