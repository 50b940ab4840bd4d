//! The engine's own command line is the judge of what compose files mean.
//!
//! `tests/oracle/make-goldens.sh` asked it; here our reading is compared with its answers. Where we
//! choose to differ, `differences.toml` says so with the reason, and an entry that is no longer
//! true fails this test as well.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cc_ci_model::StackName;
use cc_ci_recipe::Rendered;
use serde::Deserialize;
use serde_json::Value;

/// What the judge and we make of a case, told apart.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// The judge prints it, we refuse it.
    Refused,
    /// The judge refuses it, we print it.
    Accepted,
    /// Both print it, differently, at the JSON pointers named.
    Printed,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    case: String,
    kind: Kind,
    #[serde(default)]
    at: BTreeSet<String>,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Differences {
    difference: Vec<Difference>,
}

fn oracle() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/oracle")
}

/// Our reading of a case, with `/oracle` for the folder, as in the goldens.
fn ours(case: &str) -> Result<Value, String> {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(oracle().join("cases").join(format!("{case}.case"))).unwrap();
    let mut files = Vec::new();
    let mut env = BTreeMap::new();
    for section in text.strip_prefix("=== ").unwrap().split("\n=== ") {
        let (name, content) = section.split_once('\n').unwrap();
        if name == "env" {
            let pairs = content.lines().filter_map(|line| line.split_once('='));
            env.extend(pairs.map(|(k, v)| (k.to_owned(), v.to_owned())));
        } else {
            fs::write(folder.path().join(name), format!("{content}\n")).unwrap();
        }
        if name.ends_with(".yml") {
            files.push(name.to_owned());
        }
    }
    let stack = StackName::new("oracle").unwrap();
    let rendered = Rendered::of_files(folder.path(), &files, &env, &stack)
        .map_err(|error| error.to_string())?;
    let (json, yaml) = (rendered.json(), rendered.yaml());
    let json: Value = serde_json::from_str(&json).unwrap();
    let again: Value = serde_saphyr::from_str(&yaml).unwrap_or_else(|e| panic!("{yaml}\n{e}"));
    assert_eq!(json, again, "{case}: the YAML and the JSON say different things:\n{yaml}");
    let folder = folder.path().canonicalize().unwrap();
    Ok(serde_json::from_str(&json.to_string().replace(&folder.display().to_string(), "/oracle"))
        .unwrap())
}

/// The judge's answer; `None` where it refused.
fn golden(case: &str) -> Option<Value> {
    let path = |ending| oracle().join("goldens").join(format!("{case}.{ending}"));
    match fs::read_to_string(path("yml")) {
        Ok(text) => Some(serde_saphyr::from_str(&text).unwrap_or_else(|e| panic!("{case}: {e}"))),
        Err(_) => {
            assert!(path("err").exists(), "{case} has no golden; run make-goldens.sh");
            None
        }
    }
}

/// Where two documents differ, as JSON pointers.
fn unequal(a: &Value, b: &Value, at: &str, found: &mut BTreeSet<String>) {
    if let (Value::Object(a), Value::Object(b)) = (a, b) {
        for key in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
            let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
            match (a.get(key), b.get(key)) {
                (Some(a), Some(b)) => unequal(a, b, &at, found),
                _ => drop(found.insert(at)),
            }
        }
    } else if a != b {
        found.insert(at.to_owned());
    }
}

/// How our reading of a case differs from the judge's, if it does.
fn difference(case: &str) -> Option<(Kind, BTreeSet<String>, String)> {
    match (golden(case), ours(case)) {
        (None, Err(_)) => None,
        (Some(_), Err(error)) => Some((Kind::Refused, BTreeSet::new(), error)),
        (None, Ok(ours)) => Some((Kind::Accepted, BTreeSet::new(), format!("{ours:#}"))),
        (Some(theirs), Ok(ours)) => {
            let mut at = BTreeSet::new();
            unequal(&theirs, &ours, "", &mut at);
            let both = format!("theirs {theirs:#}\nours {ours:#}");
            (!at.is_empty()).then_some((Kind::Printed, at, both))
        }
    }
}

#[test]
fn every_case_means_what_the_judge_says_or_is_listed() {
    let listed = fs::read_to_string(oracle().join("differences.toml")).unwrap();
    let listed: Differences = toml::from_str(&listed).unwrap_or_else(|e| panic!("{e}"));
    let mut listed: BTreeMap<String, Difference> =
        listed.difference.into_iter().map(|d| (d.case.clone(), d)).collect();
    let mut cases: Vec<String> = fs::read_dir(oracle().join("cases"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".case").map(str::to_owned))
        .collect();
    cases.sort();
    assert!(cases.len() >= 200, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let listed = listed.remove(case);
        match (difference(case), listed) {
            (None, None) => {}
            (Some((kind, at, _)), Some(d)) if d.kind == kind && d.at == at => {
                assert!(d.reason.len() > 20, "{case}: say why");
            }
            (Some((kind, at, detail)), _) => {
                wrong.push(format!("{case}: {kind:?} at {at:?}\n{detail}"));
            }
            (None, Some(_)) => wrong.push(format!("{case}: listed, and does not differ any more")),
        }
    }
    wrong.extend(
        listed.into_keys().map(|case| format!("{case}: listed, and there is no such case")),
    );
    assert!(wrong.is_empty(), "{} wrong\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn every_golden_belongs_to_a_case() {
    let mut goldens = 0;
    for entry in fs::read_dir(oracle().join("goldens")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some((case, _)) = name.rsplit_once('.') else { continue };
        goldens += 1;
        assert!(oracle().join("cases").join(format!("{case}.case")).exists(), "{name}");
    }
    assert!(goldens > 0);
    assert!(oracle().join("goldens/JUDGE").exists(), "the judge has to be named");
}

#[test]
fn a_difference_is_seen() {
    let mut found = BTreeSet::new();
    let a = serde_json::json!({"a": {"b": [1, 2]}, "c": 1, "d/e": 1});
    let b = serde_json::json!({"a": {"b": [2, 1]}, "c": 1});
    unequal(&a, &b, "", &mut found);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["/a/b", "/d~1e"]);
}
