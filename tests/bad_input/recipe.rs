//! Recipes and suites with a mistake in them.

use cc_ci_testkit::{Checkout, RunFolder};
use rstest::rstest;

use crate::{NO_ENGINE, PROGRAM, PROJECT};

const COMPOSE: &str = "recipes/shop/versions/1.1.0+1.26.3/compose.yml";

fn shop() -> Checkout {
    let checkout = Checkout::bare(PROJECT, PROGRAM);
    checkout.copy("recipes/custom-html", "recipes/shop");
    checkout
}

/// Where the mistake is, which key it is, and what was expected there.
#[rstest]
#[case::key("    image: nginx", "    imagee: nginx", &["compose.yml:5", "imagee", "image"])]
#[case::kind("    image: nginx:1.26.3", "    image: [nginx]", &["compose.yml:5", "image", "text"])]
#[case::tab("    image: nginx", "\timage: nginx", &["compose.yml:5", "tab"])]
#[case::no_services("services:\n", "service:\n", &["compose.yml:3", "services"])]
#[tokio::test]
async fn a_compose_file_with_a_mistake_is_refused(
    #[case] old: &str,
    #[case] new: &str,
    #[case] parts: &[&str],
) {
    let checkout = shop();
    checkout.edit(COMPOSE, old, new);
    let folder = checkout.run_folder("run");
    checkout.say_with(NO_ENGINE, folder.words(["run", "shop"])).await.expect_refusal(2, parts);
    expect_case(&folder, ["recipe", "recipe", "config"]);
}

#[tokio::test]
async fn a_recipe_without_versions_is_refused() {
    let checkout = Checkout::bare(PROJECT, PROGRAM);
    checkout.write("recipes/shop/recipe.toml", "schema = 1\n");
    let ended = checkout.say_with(NO_ENGINE, ["run", "shop"]).await;
    ended.expect_refusal(2, &["the files of recipe \"shop\" are not here", "PATH/shop"]);
}

/// A setting with a slip in its name sets nothing.
#[tokio::test]
async fn a_setting_that_the_recipe_does_not_read_is_refused() {
    let checkout = shop();
    checkout.write("suites/shop/suite.toml", "schema = 1\n[settings]\nDOMIAN = \"x\"\n");
    let folder = checkout.run_folder("run");
    let ended = checkout.say_with(NO_ENGINE, folder.words(["run", "shop"])).await;
    let parts = ["suites/shop/suite.toml:3: ", "settings.DOMIAN", "did you mean DOMAIN?"];
    ended.expect_refusal(2, &parts);
    expect_case(&folder, ["harness", "harness", "check"]);
}

/// A check of ours that cannot be carried out is found before anything is deployed.
#[rstest]
#[case::probe("probe = \"htpp\"", &["htpp", "http"])]
#[case::parameter("probe = \"http\"\nwith = { ulr = \"http://app/\" }",
    &["ulr", "did you mean \"url\"?"])]
#[case::step("probe = \"http_flow\"\nwith = { steps = [{ url = \"http://app/\", bearer = \"$[tokn]\" }] }",
    &["in step 1 of 1", "$[tokn], which no step before captures; none captures anything"])]
#[case::word("probe = \"http\"\nwith = { url = \"http://${domian}/\" }",
    &["suite.toml:6: ", "${domian}", "did you mean ${domain}?"])]
#[case::secret("probe = \"http\"\nwith = { url = \"http://${secret:pw}/\" }", &["suite.toml:6: ", "${secret:pw}"])]
#[case::status("probe = \"http\"\nwith = { url = \"http://app/\", status = 999 }", &["status", "100 to 599"])]
#[tokio::test]
async fn a_check_with_a_mistake_is_refused(#[case] probe: &str, #[case] parts: &[&str]) {
    let checkout = shop();
    let suite = format!("schema = 1\n[[check]]\nid = \"sells\"\ntier = \"custom\"\n{probe}\n");
    checkout.write("suites/shop/suite.toml", suite);
    let folder = checkout.run_folder("run");
    let ended = checkout.say_with(NO_ENGINE, folder.words(["run", "shop"])).await;
    ended.expect_refusal(
        2,
        &[&["suites/shop/suite.toml:", "suite of shop", "sells"], parts].concat(),
    );
    expect_case(&folder, ["harness", "harness", "check"]);
}

/// The run that could not begin is written down, with who must act.
fn expect_case(folder: &RunFolder, expected: [&str; 3]) {
    let classification = folder.json("classification.json");
    let cases = &classification["cases"];
    let words = ["class", "owner", "cause"].map(|word| cases[0][word].as_str().unwrap_or_default());
    assert_eq!((cases.as_array().map(Vec::len), words), (Some(1), expected));
    let junit = folder.read("junit.xml");
    assert!(junit.contains(&format!("{}.{}", expected[0], expected[2])), "{junit}");
}
