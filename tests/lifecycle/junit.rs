//! What `junit.xml` says of a green run, as a stranger's reader understands it.

use std::collections::BTreeSet;

use quick_junit::{Report, TestCaseStatus};
use serde_json::Value;

/// Suite, class, name and outcome of one case.
type Name = (String, String, String, &'static str);

pub(crate) fn says_the_same(xml: &str, results: &Value) {
    let report = Report::deserialize_from_str(xml).unwrap();
    let mut told = Vec::new();
    for suite in &report.test_suites {
        for case in &suite.test_cases {
            let class = case.classname.as_ref().unwrap().to_string();
            let outcome = match &case.status {
                TestCaseStatus::Success { .. } => "passed",
                TestCaseStatus::Skipped { message: Some(_), .. } => "skipped",
                red => panic!("{:?}: {red:?}", case.name),
            };
            told.push((suite.name.to_string(), class, case.name.to_string(), outcome));
        }
    }
    assert_eq!(told, known(results));
    let unique: BTreeSet<_> =
        told.iter().map(|(suite, class, name, _)| (suite, class, name)).collect();
    assert_eq!(unique.len(), told.len(), "a name stands twice");
    assert_eq!(report.tests, told.len());
}

fn known(results: &Value) -> Vec<Name> {
    let mut known = Vec::new();
    for unit in results["units"].as_array().unwrap() {
        let recipe = unit["recipe"].as_str().unwrap();
        for tier in unit["tiers"].as_array().unwrap() {
            let class = format!("{recipe}.{}", tier["tier"].as_str().unwrap());
            for check in tier["checks"].as_array().unwrap() {
                let outcome = if check["outcome"] == "passed" { "passed" } else { "skipped" };
                let check = check["id"].as_str().unwrap().to_owned();
                known.push((recipe.to_owned(), class.clone(), check, outcome));
            }
        }
    }
    known
}
