//! What is tested of a repository, and that exactly that is written out.

use std::fs;

use crate::bench::{Bench, compose, git};
use cc_ci_model::{StackName, Version};
use cc_ci_recipe::Instance;
use cc_ci_source::{Address, Opened, Place, Point, SourceError, Warning};

fn versions(opened: &Opened) -> Vec<&str> {
    opened.known.iter().map(|point| point.version.as_str()).collect()
}

/// The image that the recipe runs at `point`, read from its checkout.
async fn image(bench: &Bench, opened: &Opened, run: &str, point: &Point) -> String {
    let recipe = opened.recipe(&bench.scratch(run), &[point]).await.unwrap();
    let stack = StackName::new("s").unwrap();
    let settings = std::collections::BTreeMap::new();
    let instance = Instance { stack: &stack, domain: "s.test", settings: &settings };
    recipe.stack(&point.version, &instance).unwrap().images.remove(0)
}

#[tokio::test]
async fn tags_are_versions_and_the_tip_of_a_work_tree_is_the_head() {
    let bench = Bench::with_releases();
    let opened = bench.open("").await.unwrap();
    assert_eq!(opened.name.as_str(), "shop");
    assert_eq!(versions(&opened), ["1.0.0+1", "1.1.0+2"]);
    assert!(opened.warnings.is_empty(), "{:?}", opened.warnings);
    let tip = bench.git(&["rev-parse", "HEAD"]);
    let commit = opened.head.commit().unwrap();
    assert_eq!(commit.as_str(), tip);
    assert_eq!(opened.head.version.as_str(), format!("1.1.0+2-{}", &tip[..12]));
    assert_eq!(opened.head.declared, Some(Version::new("1.1.0+2").unwrap()));
    assert!(!opened.head.is_release() && opened.known[0].is_release());
    let main = opened.main.as_ref().unwrap();
    assert_eq!((&main.point, main.holds_head), (&opened.head, true));
}

#[tokio::test]
async fn each_version_is_written_out_as_it_was() {
    let bench = Bench::with_releases();
    let opened = bench.open("").await.unwrap();
    let (old, new) = (opened.version("1.0.0").unwrap(), opened.version("1.1.0").unwrap());
    assert_eq!(image(&bench, &opened, "r", old).await, "shop:1.0.0-1");
    assert_eq!(image(&bench, &opened, "r", new).await, "shop:1.1.0-2");
    let folder = bench.scratch("r").join("shop").join("1.0.0+1");
    assert!(folder.join("compose.yml").is_file() && !folder.join("README.md").exists());
    assert!(!folder.join(".git").exists(), "a checkout is files, not a repository");
    assert!(matches!(opened.version("2.0.0"), Err(SourceError::Recipe(_))));
}

#[tokio::test]
async fn without_a_work_tree_the_newest_release_is_the_head() {
    let bench = Bench::with_releases();
    let address = Address::parse(&bench.bare().display().to_string()).unwrap();
    let opened = bench.sources().open(&address).await.unwrap();
    assert_eq!(opened.name.as_str(), "shop");
    assert_eq!(opened.head, opened.known[1]);
    assert!(!opened.main.unwrap().holds_head || opened.head.is_release());
}

#[tokio::test]
async fn a_head_can_be_named_in_every_way() {
    let bench = Bench::with_releases();
    bench.git(&["checkout", "--quiet", "-b", "fix/one"]);
    let fix = bench.commit("compose.yml", &compose("1.2.0+2", "shop:fix"));
    bench.git(&["update-ref", "refs/pull/7/head", &fix]);
    bench.git(&["checkout", "--quiet", "main"]);
    let ways =
        ["fix/one", &fix, &fix[..10], "refs/heads/fix/one", "refs/pull/7/head", "pull/7/head"];
    for way in ways {
        let opened = bench.open(&format!("#{way}")).await.unwrap();
        assert_eq!(opened.head.commit().unwrap().as_str(), fix, "{way}");
        assert_eq!(opened.head.version.as_str(), format!("1.2.0+2-{}", &fix[..12]), "{way}");
        assert!(!opened.main.as_ref().unwrap().holds_head, "{way}");
        assert_eq!(image(&bench, &opened, way, &opened.head).await, "shop:fix");
    }
    let tagged = bench.open("#1.0.0+1").await.unwrap();
    assert_eq!(tagged.head, tagged.known[0]);
    let main = bench.open("#HEAD").await.unwrap();
    assert_eq!(main.head.commit().unwrap().as_str(), bench.git(&["rev-parse", "main"]));
}

/// The commit of a request from a fork: no branch and no tag leads to it.
#[tokio::test]
async fn a_commit_that_no_branch_holds_is_brought() {
    let bench = Bench::with_releases();
    bench.git(&["checkout", "--quiet", "-b", "fork"]);
    let fork = bench.commit("compose.yml", &compose("1.2.0+2", "shop:fork"));
    bench.git(&["update-ref", "refs/pull/8/head", &fork]);
    bench.git(&["checkout", "--quiet", "main"]);
    bench.git(&["branch", "--quiet", "-D", "fork"]);
    let opened = bench.open(&format!("#{fork}")).await.unwrap();
    assert_eq!(image(&bench, &opened, "r", &opened.head).await, "shop:fork");
}

#[tokio::test]
async fn a_name_that_is_none_is_explained() {
    let bench = Bench::with_releases();
    let shown = bench.repo.canonicalize().unwrap().display().to_string();
    let missing = "0123456789abcdef0123456789abcdef01234567";
    for (way, name) in
        [("mian", "branch"), ("pull/9/head", "request"), (missing, "commit"), ("0123abc", "short")]
    {
        let error = bench.open(&format!("#{way}")).await.unwrap_err();
        assert!(matches!(error, SourceError::NoReference { .. }), "{error}");
        assert_eq!(error.owner(), None);
        insta::assert_snapshot!(name, error.to_string().replace(&shown, "REPO"));
    }
}

/// Two objects that share their first digits are as good as none.
#[tokio::test]
async fn a_short_commit_never_falls_back_to_another() {
    let bench = Bench::with_releases();
    let tip = bench.git(&["rev-parse", "HEAD"]);
    // Six digits are too few to be meant as a commit.
    assert!(matches!(
        bench.open(&format!("#{}", &tip[..6])).await,
        Err(SourceError::NoReference { .. })
    ));
    let blob = bench.git(&["rev-parse", "HEAD:compose.yml"]);
    // The name of a file's content is no commit.
    assert!(matches!(
        bench.open(&format!("#{}", &blob[..12])).await,
        Err(SourceError::NoReference { .. })
    ));
}

#[tokio::test]
async fn lightweight_and_other_tags_are_told() {
    let bench = Bench::with_releases();
    bench.git(&["tag", "1.2.0+2"]);
    bench.git(&["tag", "latest"]);
    let opened = bench.open("").await.unwrap();
    assert_eq!(versions(&opened), ["1.0.0+1", "1.1.0+2", "1.2.0+2"]);
    assert!(matches!(opened.known[2].place, Place::Tag { annotated: false, .. }));
    assert!(matches!(opened.known[1].place, Place::Tag { annotated: true, .. }));
    assert_eq!(opened.head, opened.known[2]);
    let light = Warning::LightweightTags { tags: vec!["1.2.0+2".into()] };
    let other = Warning::OtherTags { tags: vec!["latest".into()] };
    assert_eq!(opened.warnings, [light, other]);
}

#[tokio::test]
async fn no_tags_at_all_is_possible() {
    let bench = Bench::new();
    let commit = bench.commit("compose.yml", "services: {app: {image: a}}\n");
    let opened = bench.open("").await.unwrap();
    assert_eq!(opened.warnings, [Warning::NoTags]);
    assert_eq!(opened.head.version.as_str(), format!("0.0.0+{}", &commit[..12]));
    assert_eq!(opened.head.declared, None);
    assert!(opened.version("1.0.0").is_err());
}

#[tokio::test]
async fn uncommitted_changes_are_tested_and_said() {
    let bench = Bench::with_releases();
    fs::write(bench.repo.join("compose.yml"), compose("1.3.0+3", "shop:dirty")).unwrap();
    let opened = bench.open("").await.unwrap();
    assert_eq!(opened.warnings, [Warning::Uncommitted]);
    assert_eq!((opened.head.version.as_str(), opened.head.commit()), ("1.3.0+3", None));
    assert!(!opened.head.is_release() && !opened.main.as_ref().unwrap().holds_head);
    assert_eq!(image(&bench, &opened, "r", &opened.head).await, "shop:dirty");
    // A commit that is named is that commit.
    let named = bench.open("#main").await.unwrap();
    assert_eq!(image(&bench, &named, "r", &named.head).await, "shop:1.1.0-2");
    assert!(named.warnings.is_empty());
}

#[tokio::test]
async fn a_repository_cannot_grant_itself_powers() {
    let bench = Bench::with_releases();
    bench.commit("recipe.toml", "schema = 1\n[policy]\ngrant = [\"cap:ALL\"]\n");
    let opened = bench.open("").await.unwrap();
    assert!(opened.manifest.grants.is_empty());
    assert_eq!(opened.warnings, [Warning::OwnManifest]);
}

#[tokio::test]
async fn an_empty_repository_is_nothing_to_test() {
    let bench = Bench::new();
    let error = bench.open("").await.unwrap_err();
    assert!(
        matches!(&error, SourceError::Empty { reason, .. } if reason == "it has no commits"),
        "{error}"
    );
    bench.commit("compose.yml", "services: {app: {image: a}}\n");
    let bare = bench.bare();
    git(&bare, &["symbolic-ref", "HEAD", "refs/heads/gone"]);
    let address = Address::parse(&bare.display().to_string()).unwrap();
    let error = bench.sources().open(&address).await.unwrap_err();
    assert!(error.to_string().contains("name one of main as #REF"), "{error}");
}

/// What a build server has: one commit and no history.
#[tokio::test]
async fn a_shallow_clone_is_read() {
    let bench = Bench::with_releases();
    let shallow = bench.folder.path().join("shallow").join("shop");
    let (from, to) = (format!("file://{}", bench.repo.display()), shallow.display().to_string());
    git(bench.folder.path(), &["clone", "--quiet", "--depth=1", &from, &to]);
    let opened = bench.sources().open(&Address::parse(&to).unwrap()).await.unwrap();
    assert_eq!(opened.head.commit().unwrap().as_str(), bench.git(&["rev-parse", "HEAD"]));
    assert_eq!(image(&bench, &opened, "r", &opened.head).await, "shop:1.1.0-2");
}

/// A second work tree of a repository has a file where others have the folder `.git`.
#[tokio::test]
async fn a_linked_work_tree_is_read_at_its_own_head() {
    let bench = Bench::with_releases();
    let linked = bench.folder.path().join("linked").join("shop").display().to_string();
    bench.git(&["worktree", "add", "--quiet", "-b", "side", &linked]);
    let linked = std::path::PathBuf::from(linked);
    fs::write(linked.join("compose.yml"), compose("1.2.0+2", "shop:side")).unwrap();
    git(&linked, &["commit", "--quiet", "--all", "-m", "side"]);
    let address = Address::parse(&linked.display().to_string()).unwrap();
    let opened = bench.sources().open(&address).await.unwrap();
    assert_eq!(opened.head.commit().unwrap().as_str(), git(&linked, &["rev-parse", "HEAD"]));
    assert_eq!(image(&bench, &opened, "r", &opened.head).await, "shop:side");
}
