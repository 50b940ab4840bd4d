//! A whole night, one recipe of which cannot even be read.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

use std::fs;

use cc_ci_docker::Docker;
use cc_ci_testkit::Checkout;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// Line ends of another system, blanks at the end, headings that look like ours, no last line end.
const FINDINGS: &str = "## Adversary findings\r\n\r\n- it lies  \t\r\n### M1 — investigate\r\n\
    ## Build backlog\r\n```\n## Adversary findings\n- [ ] `x`\n\n\n  trailing \u{a0}";

#[tokio::test]
async fn one_bad_recipe_costs_the_others_nothing() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let checkout = Checkout::bare(PROJECT, PROGRAM);
    for recipe in ["bad", "good"] {
        checkout.copy("recipes/custom-html", &format!("recipes/{recipe}"));
    }
    checkout.copy("suites/custom-html", "suites/good");
    let compose = "recipes/bad/versions/1.1.0+1.26.3/compose.yml";
    checkout.edit(compose, "    image: nginx", "    imagee: nginx");

    // Nothing listens there: whoever mends the recipe has no part in that.
    checkout
        .write("recipes/far/recipe.toml", "schema = 1\nsource = \"https://127.0.0.1:1/far.git\"\n");

    let night = checkout.run_folder("night");
    let words = night.words(["nightly", "--phase", "t1"]);
    let ended = checkout.say(words).await;
    ended.expect(10);
    node.left_of(&night.run()).await.assert_none();
    let results = night.json("results.json");
    let unit = |name: &str| {
        let units = results["units"].as_array().unwrap();
        units.iter().find(|unit| unit["recipe"] == name).unwrap().clone()
    };
    assert_eq!(results["units"].as_array().unwrap().len(), 3);
    assert_eq!(unit("good")["outcome"], "passed", "{ended}");
    let bad = unit("bad");
    assert_ne!(bad["outcome"], "passed");
    let reason = bad["reason"].as_str().unwrap();
    assert!(reason.contains("compose.yml:5") && reason.contains("imagee"), "{reason}");

    let classes = night.json("classification.json");
    let owner = |name: &str| {
        let cases = classes["cases"].as_array().unwrap();
        cases.iter().find(|case| case["recipe"] == name).unwrap()["owner"].clone()
    };
    assert_eq!((owner("bad"), owner("far")), ("recipe".into(), "external".into()), "{classes:#}");

    let page = night.page("BACKLOG-t1.md");
    let text = fs::read_to_string(&page).unwrap();
    let (m1, m2) = milestones(&text);
    assert_eq!(m1.len(), 2, "{text}");
    assert!(m1[0].starts_with("- [x] `bad") && m1[0].contains("compose.yml:5"), "{text}");
    assert_eq!(m2.len(), 2, "{text}");
    assert!(m2[0].starts_with("- [ ] `bad") && m2[0].contains("**recipe.config**"), "{text}");
    assert!(text.ends_with("## Adversary findings\n"), "{text}");

    findings_survive(&checkout, &night, &page).await;
    node.finish().await;
}

/// The lines of both milestones.
fn milestones(page: &str) -> (Vec<&str>, Vec<&str>) {
    let (_, rest) = page.split_once("\n## Build backlog\n").unwrap();
    let (_, rest) = rest.split_once("\n### M1 — investigate + isolate + classify\n").unwrap();
    let (m1, rest) = rest.split_once("\n### M2 — fix + verify\n").unwrap();
    let (m2, _) = rest.split_once("\n## Adversary findings").unwrap();
    let items = |line: &&str| line.starts_with("- [");
    (m1.lines().filter(items).collect(), m2.lines().filter(items).collect())
}

/// Whatever the adversary wrote is there after the next write, byte for byte.
async fn findings_survive(
    checkout: &Checkout,
    night: &cc_ci_testkit::RunFolder,
    page: &std::path::Path,
) {
    let text = fs::read_to_string(page).unwrap();
    let own = text.strip_suffix("## Adversary findings\n").unwrap();
    fs::write(page, format!("{own}{FINDINGS}")).unwrap();
    let out = night.out().display().to_string();
    checkout.say(night.words(["report", &out])).await.expect(10);
    assert_eq!(fs::read_to_string(page).unwrap(), format!("{own}{FINDINGS}"));
}
