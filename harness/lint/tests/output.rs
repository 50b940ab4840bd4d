//! Reports as people and programs get them.

mod support;

use cc_ci_lint::{LintReport, Severity, json, reference, rules, sarif, text};
use serde_json::Value;

const RECIPE: &str = r#"== fail
-- .env.sample
TYPE=shop
-- README.md
# Shop
-- my page.html
<p>
-- tags
1.0.0 lightweight
-- version
1.1.0+1.2.4
-- compose.yml
version: "3.8"
services:
  app:
    image: shop:latest
	# a tab
    networks: [proxy, internal]
    healthcheck: {test: [CMD, "true"]}
    deploy:
      labels:
        - "traefik.enable=true"
        - "coop-cloud.${STACK_NAME}.version=1.1.0+1.2.4"
  worker:
    image: shop:latest
    healthcheck: {disable: true}
networks: {proxy: {external: true}, internal: {}}
configs:
  page: {file: my page.html}
"#;

fn report() -> LintReport {
    let recipe = RECIPE.replace("\t# a tab\n", "");
    let cases = support::cases(&recipe);
    assert_eq!((cases.len(), cases[0].kind.as_str()), (1, "fail"));
    cases[0].lint()
}

#[test]
fn the_text_is_for_people() {
    insta::assert_snapshot!(text(&report()));
}

#[test]
fn a_spotless_recipe_needs_three_lines() {
    let readme: String =
        ["Category", "Status", "Image", "Healthcheck", "Backups", "Email", "Tests", "SSO"]
            .map(|field| format!("* **{field}**: 1\n"))
            .concat();
    let recipe = format!(
        "== pass\n-- .env.sample\nTYPE=shop\n-- README.md\n<!-- metadata -->\n{readme}<!-- endmetadata -->\n\
         -- compose.yml\nversion: \"3.8\"\nservices:\n  app:\n    image: shop:1.2.3\n    \
         healthcheck: {{disable: true}}\n    deploy: {{labels: [\"coop-cloud.${{STACK_NAME}}.version=1.0.0\"]}}\n"
    );
    let report = support::cases(&recipe)[0].lint();
    assert_eq!(report.worst(), None);
    insta::assert_snapshot!(text(&report));
}

#[test]
fn json_has_a_schema_every_rule_and_every_finding() {
    let mut report = report();
    let value: Value = serde_json::from_str(&json(std::slice::from_ref(&report))).unwrap();
    assert_eq!(value[0]["rules"].as_array().unwrap().len(), rules().len());
    // The rules' words are not the form.
    report.rules.truncate(1);
    insta::assert_snapshot!(json(&[report]));
}

#[test]
fn the_reference_has_every_rule() {
    let page = reference();
    let named =
        |rule: &&&cc_ci_lint::Rule| page.contains(&format!("\n## {} {}\n", rule.id, rule.name));
    assert_eq!(rules().iter().filter(named).count(), rules().len());
}

#[test]
fn the_page_of_the_rules_is_rendered_from_them() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../machine-docs/lint.md");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    let page = reference();
    assert!(kept == page, "{path} differs from the rules; its content should be:\n{page}");
}

#[test]
fn a_fingerprint_survives_moved_lines_and_tells_equals_apart() {
    let before = report();
    let moved = RECIPE.replace("\t# a tab\n", "    # one\n    # two\n");
    let after = support::cases(&moved)[0].lint();
    let prints = |report: &LintReport| -> Vec<String> {
        report.findings.iter().map(|finding| finding.fingerprint.clone()).collect()
    };
    assert_eq!(prints(&before), prints(&after));
    assert_ne!(
        before.findings.iter().map(|f| f.line).collect::<Vec<_>>(),
        after.findings.iter().map(|f| f.line).collect::<Vec<_>>(),
    );
    let all: std::collections::BTreeSet<String> = prints(&before).into_iter().collect();
    assert_eq!(all.len(), before.findings.len());
}

#[test]
fn errors_come_first() {
    let report = report();
    assert!(report.findings.is_sorted_by_key(|finding| finding.severity));
    assert_eq!(report.worst(), Some(Severity::Error));
}

/// What SARIF 2.1.0 requires of the parts that are used, section by section.
#[test]
fn sarif_is_what_the_standard_requires() {
    let reports = [report(), report()];
    let log: Value = serde_json::from_str(&sarif(&reports)).unwrap();
    assert_eq!(log["version"], "2.1.0"); // 3.13.2
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"]; // 3.18.2, 3.19.8
    assert!(driver["name"].is_string());
    let declared = driver["rules"].as_array().unwrap();
    assert_eq!(declared.len(), rules().len());
    for rule in declared {
        assert!(rule["id"].is_string()); // 3.49.3
        assert!(rule["shortDescription"]["text"].is_string() && rule["help"]["text"].is_string());
        assert!(rule.get("helpUri").is_none());
        assert!(
            ["error", "warning", "note"]
                .contains(&rule["defaultConfiguration"]["level"].as_str().unwrap())
        );
        // Code hosts refuse more than 20.
        assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 20);
    }
    assert!(["utf16CodeUnits", "unicodeCodePoints"].contains(&run["columnKind"].as_str().unwrap())); // 3.14.17
    let invocation = &run["invocations"][0];
    assert!(invocation["executionSuccessful"].is_boolean()); // 3.20.14
    let notes = invocation["toolConfigurationNotifications"].as_array().unwrap();
    assert!(!notes.is_empty());
    for note in notes {
        assert!(note["message"]["text"].is_string()); // 3.58.5
        assert!(note["associatedRule"]["id"].is_string()); // 3.58.3
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), reports.iter().map(|report| report.findings.len()).sum::<usize>());
    for result in results {
        let index = result["ruleIndex"].as_u64().unwrap() as usize; // 3.27.6
        assert_eq!(declared[index]["id"], result["ruleId"]);
        assert!(!result["message"]["text"].as_str().unwrap().is_empty()); // 3.27.11
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap())); // 3.27.10
        assert!(result["partialFingerprints"]["ccCiLint/v1"].is_string()); // 3.27.17
        let place = &result["locations"][0]["physicalLocation"]; // 3.28.3
        let uri = place["artifactLocation"]["uri"].as_str().unwrap(); // 3.4.3
        assert!(uri.starts_with("shop/") && !uri.contains(' '), "{uri}");
        if let Some(region) = place.get("region") {
            assert!(region["startLine"].as_u64().unwrap() >= 1); // 3.30.5
            assert!(region["startColumn"].as_u64().unwrap() >= 1); // 3.30.6
        }
    }
}

#[test]
fn sarif_names_files_as_uris() {
    let mut report = report();
    report.folder = "/srv/my recipes/1.0.0+1.2".to_owned();
    let log: Value = serde_json::from_str(&sarif(&[report])).unwrap();
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    let uri = place["artifactLocation"]["uri"].as_str().unwrap();
    assert!(uri.starts_with("file:///srv/my%20recipes/1.0.0+1.2/"), "{uri}");
}
