//! What an upgrade changes, as people and programs get it.

use std::collections::BTreeMap;
use std::fs;

use cc_ci_lint::{UpgradeDiff, diff};
use cc_ci_model::{StackName, Version};
use cc_ci_recipe::{Instance, Recipe, Resolved};

const OLD: &str = r#"
services:
  app:
    image: shop:1.2.3
    environment: ["LEVEL=info", "URL=https://${DOMAIN}/${STACK_NAME}", GONE=1]
    ports: ["8080:80", "53:53/udp"]
    volumes: [data:/data, cache:/cache]
    configs: [page]
    secrets: [word]
    healthcheck: {test: [CMD, "true"], retries: 3}
    deploy:
      labels: ["coop-cloud.${STACK_NAME}.version=1.0.0", "kept=${STACK_NAME}"]
  search: {image: "meili:1.0.0", command: serve}
volumes: {data: {}, cache: {}}
configs: {page: {name: "${STACK_NAME}_page_v1", file: page.html}}
secrets: {word: {external: true, name: "${STACK_NAME}_word_${SECRET_WORD_VERSION}"}}
"#;

const NEW: &str = r#"
services:
  app:
    image: shop:1.3.0
    environment: ["LEVEL=", "URL=https://${DOMAIN}/${STACK_NAME}", NEW=1]
    ports: [{target: 80, published: 8080, mode: host}]
    volumes: [data:/data]
    configs: [page]
    secrets: [word, other]
    healthcheck: {test: [CMD, "true"], retries: 5}
    deploy:
      labels: ["coop-cloud.${STACK_NAME}.version=1.1.0", "kept=${STACK_NAME}"]
  worker: {image: "shop:1.3.0", command: work}
volumes: {data: {}}
configs: {page: {name: "${STACK_NAME}_page_v2", file: page.html}}
secrets:
  word: {external: true, name: "${STACK_NAME}_word_${SECRET_WORD_VERSION}"}
  other: {external: true, name: "${STACK_NAME}_other_${SECRET_OTHER_VERSION}"}
"#;

fn resolved(stack: &str, compose: &str, page: &str) -> Resolved {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("shop");
    let version = root.join("versions/1.0.0");
    fs::create_dir_all(&version).expect("a folder");
    fs::write(root.join("recipe.toml"), "schema = 1\n").expect("a file");
    fs::write(version.join("compose.yml"), compose).expect("a file");
    fs::write(version.join("page.html"), page).expect("a file");
    let sample = "SECRET_WORD_VERSION=v1 # length=20\nSECRET_OTHER_VERSION=v1\n";
    fs::write(version.join(".env.sample"), sample).expect("a file");
    let recipe = Recipe::open(&root).expect("a recipe");
    let stack = StackName::new(stack).expect("a name");
    let settings = BTreeMap::new();
    let instance = Instance { stack: &stack, domain: "shop.test", settings: &settings };
    let version = Version::new("1.0.0").expect("a version");
    recipe.stack(&version, &instance).expect("a stack")
}

#[test]
fn every_kind_of_change_is_told() {
    let (old, new) = (resolved("shop-aaaaaa", OLD, "<p>"), resolved("shop-bbbbbb", NEW, "<br>"));
    let diff = diff(&old, &new);
    insta::assert_snapshot!(diff.to_string());
    let json = serde_json::to_string(&diff).unwrap();
    assert_eq!(serde_json::from_str::<UpgradeDiff>(&json).unwrap(), diff);
}

#[test]
fn another_instance_of_the_same_version_is_no_change() {
    let (old, new) = (resolved("shop-aaaaaa", OLD, "<p>"), resolved("shop-bbbbbb", OLD, "<p>"));
    let diff = diff(&old, &new);
    assert!(diff.is_empty(), "{diff}");
    assert_eq!(diff.to_string(), "nothing changes\n");
}

#[test]
fn a_config_that_changed_under_its_name_is_a_change() {
    let (old, new) = (resolved("shop-aaaaaa", OLD, "<p>"), resolved("shop-aaaaaa", OLD, "<br>"));
    let diff = diff(&old, &new);
    assert_eq!(diff.configs.len(), 1);
    let others = diff.kinds().into_iter().filter(|(kind, _)| *kind != "configs");
    assert!(others.into_iter().all(|(_, changes)| changes.is_empty()), "{diff}");
}
