//! Recipes in folders.

use std::fs;
use std::path::Path;

use crate::bench::{Bench, compose};
use cc_ci_source::{Address, Opened, SourceError};

async fn open(bench: &Bench, path: &Path) -> Result<Opened, SourceError> {
    bench.sources().open(&Address::parse(&path.display().to_string()).unwrap()).await
}

#[tokio::test]
async fn a_catalogue_has_its_versions() {
    let bench = Bench::new();
    let shop = bench.folder.path().join("catalogue/shop");
    for version in ["1.1.0+2", "1.0.0+1"] {
        fs::create_dir_all(shop.join("versions").join(version)).unwrap();
    }
    fs::write(shop.join("recipe.toml"), "schema = 1\n").unwrap();
    let opened = open(&bench, &shop).await.unwrap();
    let versions: Vec<_> = opened.known.iter().map(|p| p.version.as_str()).collect();
    assert_eq!(versions, ["1.0.0+1", "1.1.0+2"]);
    assert_eq!(opened.head, opened.known[1]);
    assert!(opened.head.is_release() && opened.head.commit().is_none());
    let points: Vec<_> = opened.known.iter().collect();
    let recipe = opened.recipe(&bench.scratch("r"), &points).await.unwrap();
    assert_eq!(recipe.folder(recipe.newest()), shop.join("versions/1.1.0+2"));
    assert!(!bench.state().exists(), "a folder needs no mirror");
}

#[rstest::rstest]
#[case::labelled(&compose("1.2.3+4", "a"), "1.2.3+4")]
#[case::without_a_label("services: {app: {image: a}}\n", "0.0.0+unversioned")]
#[case::broken("services: [", "0.0.0+unversioned")]
#[tokio::test]
async fn a_plain_folder_is_one_version(#[case] compose: &str, #[case] version: &str) {
    let bench = Bench::new();
    let plain = bench.folder.path().join("plain");
    fs::create_dir(&plain).unwrap();
    fs::write(plain.join("compose.yml"), compose).unwrap();
    let opened = open(&bench, &plain).await.unwrap();
    assert_eq!((opened.head.version.as_str(), opened.known.len()), (version, 0));
    assert!(!opened.head.is_release());
    let recipe = opened.recipe(&bench.scratch("r"), &[&opened.head]).await.unwrap();
    assert_eq!(recipe.folder(&opened.head.version), plain.canonicalize().unwrap());
}

#[tokio::test]
async fn a_plain_folder_may_have_a_manifest() {
    let bench = Bench::new();
    let plain = bench.folder.path().join("plain");
    fs::create_dir(&plain).unwrap();
    fs::write(plain.join("compose.yml"), compose("1.0.0+1", "a")).unwrap();
    fs::write(plain.join("recipe.toml"), "schema = 1\n[policy]\ngrant = [\"cap:KILL\"]\n").unwrap();
    assert_eq!(open(&bench, &plain).await.unwrap().manifest.grants.len(), 1);
    fs::write(plain.join("recipe.toml"), "schema = 7\n").unwrap();
    assert!(matches!(open(&bench, &plain).await, Err(SourceError::Recipe(_))));
}

#[tokio::test]
async fn a_recipe_toml_can_say_where_the_recipe_is() {
    let bench = Bench::with_releases();
    let enrolled = bench.folder.path().join("recipes/store");
    fs::create_dir_all(&enrolled).unwrap();
    let manifest =
        "schema = 1\nsource = \"../../shop#1.0.0+1\"\n[policy]\ngrant = [\"cap:KILL\"]\n";
    fs::write(enrolled.join("recipe.toml"), manifest).unwrap();
    let opened = open(&bench, &enrolled).await.unwrap();
    assert_eq!((opened.name.as_str(), opened.head.version.as_str()), ("store", "1.0.0+1"));
    // The grants are ours, so they count.
    assert_eq!(opened.manifest.grants[0].text, "cap:KILL");
    let text = format!("{}#1.1.0+2", enrolled.display());
    let other = bench.sources().open(&Address::parse(&text).unwrap()).await.unwrap();
    assert_eq!(other.head.version.as_str(), "1.1.0+2");
}

#[tokio::test]
async fn what_is_no_recipe_is_explained() {
    let bench = Bench::new();
    let root = bench.folder.path().canonicalize().unwrap();
    fs::create_dir(root.join("empty")).unwrap();
    fs::write(root.join("file"), "").unwrap();
    fs::create_dir(root.join("plain")).unwrap();
    fs::write(root.join("plain/compose.yml"), "").unwrap();
    for (path, name) in
        [("nothing", "missing"), ("empty", "empty"), ("file", "file"), ("plain#main", "no_commits")]
    {
        let text = root.join(path).display().to_string();
        let error = bench.sources().open(&Address::parse(&text).unwrap()).await.unwrap_err();
        assert_eq!(error.owner(), None);
        insta::assert_snapshot!(
            name,
            error.to_string().replace(&root.display().to_string(), "ROOT")
        );
    }
}
