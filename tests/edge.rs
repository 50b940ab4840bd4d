//! A request that does not reach the app: the sentence of the case names the cause.

use cc_ci_docker::Docker;
use cc_ci_testkit::Checkout;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

#[rstest::rstest]
#[case::on_loopback_alone(
    "0.0.0.0:80",
    "127.0.0.1:80",
    "which listens on 127.0.0.1 alone and not on 0.0.0.0"
)]
#[case::another_port(
    "server.port=80",
    "server.port=8081",
    "where nothing listens (refused); it listens on 80"
)]
#[case::no_tls(
    "        - \"traefik.http.routers.${STACK_NAME}.tls=true\"\n",
    "",
    "has no TLS, so it takes no https"
)]
#[tokio::test]
async fn the_case_says_why_the_edge_does_not_reach_the_app(
    #[case] from: &str,
    #[case] into: &str,
    #[case] words: &str,
) {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let checkout = Checkout::of(PROJECT, PROGRAM);
    checkout.copy("tests/fixtures/foreign/page", "page");
    checkout.edit("page/compose.yml", from, into);
    let folder = checkout.run_folder("edge");
    let root = checkout.root().display().to_string();
    let line = folder.words(["run", "./page", "--root", &root, "--tiers", "deploy"]);
    checkout.say(line).await.expect(10);
    let said = folder.read("classification.md");
    assert!(said.contains(words), "{said}");
    node.left_of(&folder.run()).await.assert_none();
    node.finish().await;
}

/// A rule without backticks is refused before anything is deployed.
#[tokio::test]
async fn a_rule_without_backticks_is_refused_with_its_place() {
    let checkout = Checkout::of(PROJECT, PROGRAM);
    checkout.copy("tests/fixtures/foreign/page", "page");
    checkout.edit("page/compose.yml", "Host(`${DOMAIN}`)", "Host(${DOMAIN})");
    let root = checkout.root().display().to_string();
    let parts = [
        "compose.yml:15:11",
        "in which no text stands between backticks",
        "it is written Host(`…`)",
        "the recipe has to change",
    ];
    checkout.say(["run", "./page", "--root", &root]).await.expect_refusal(2, &parts);
}
