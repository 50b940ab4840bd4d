//! What `results.json` says of a green run.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// The tiers that every recipe gets.
const TIERS: [&str; 9] =
    ["lint", "deploy", "upgrade", "custom", "backup", "restore", "restart", "recovery", "teardown"];

/// Those that both suites ask for, each behind another.
const ASKED_FOR: [(&str, &str); 2] = [("rollback", "restart"), ("interrupt", "recovery")];

/// The only check of both recipes that has nothing to prove.
const NOTHING_TO_PROVE: [&str; 4] =
    ["custom-html", "dumps_readable", "not_applicable", "the recipe has no backup pre-hook"];

pub(crate) fn everything_passed(results: &Value) {
    assert_eq!(results["schema"], 1);
    let units = results["units"].as_array().unwrap();
    let recipes: Vec<_> = units.iter().map(|unit| &unit["recipe"]).collect();
    assert_eq!(recipes, ["custom-html", "mumble"]);
    for unit in units {
        passed(unit);
    }
}

fn passed(unit: &Value) {
    assert_eq!(unit["outcome"], "passed", "{unit:#}");
    assert_eq!(unit["level"], "lint");
    // Recovery deploys once more, and so does what breaks operations off.
    let flags = json!({ "clean_teardown": true, "no_secret_leak": true, "deploys": 3 });
    assert_eq!(unit["flags"], flags);
    assert_ne!(unit["base"], unit["version"]);
    assert_eq!(unit["attempts"].as_array().unwrap().len(), 1, "green at the first attempt");

    let tiers = unit["tiers"].as_array().unwrap();
    let names: Vec<_> = tiers.iter().map(|tier| &tier["tier"]).collect();
    let mut walked = TIERS.to_vec();
    for (tier, after) in ASKED_FOR {
        let at = walked.iter().position(|known| *known == after).unwrap();
        walked.insert(at + 1, tier);
    }
    assert_eq!(names, walked);
    for tier in tiers {
        assert_eq!(tier["outcome"], "passed", "{tier:#}");
        let checks = tier["checks"].as_array().unwrap();
        let held = checks.iter().filter(|check| check["outcome"] == "passed").count();
        assert!(held > 0, "a tier without a check that held proves nothing: {tier:#}");
        for check in checks.iter().filter(|check| check["outcome"] != "passed") {
            let name = [&unit["recipe"], &check["id"], &check["outcome"], &check["reason"]];
            assert_eq!(name, NOTHING_TO_PROVE, "{tier:#}");
        }
        let ids: BTreeSet<_> = checks.iter().map(|check| check["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), checks.len(), "an id stands twice: {tier:#}");
    }
}
