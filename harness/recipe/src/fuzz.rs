//! The functions that the fuzz targets call. No text may make them panic, and a stack that was read is the same
//! in JSON and in YAML.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cc_ci_model::StackName;
use serde_json::Value;

use crate::chain::Chain;
use crate::compose::{Context, Notes, build};
use crate::env::{env_lines, read_abra, read_sample};
use crate::render::Rendered;
use crate::text::Source;

/// Reads `text` as `.env.sample` and as `abra.sh`.
pub fn env(text: &str) {
    let pinned = BTreeMap::from([("DOMAIN".to_owned(), "shop.test".to_owned())]);
    if let Err(error) = read_sample(&Source::new(".env.sample", text), &pinned) {
        check(&error.to_string());
    }
    if let Err(error) = read_abra(&Source::new("abra.sh", text)) {
        check(&error.to_string());
    }
    let _ = env_lines(&Source::new(".env.sample", text));
}

/// Reads `text` as a compose file, and lays it on itself.
pub fn compose(text: &str) {
    let env = BTreeMap::from([("A".to_owned(), "a".to_owned()), ("N".to_owned(), "7".to_owned())]);
    let (mut notes, mut unset) = (Notes::default(), BTreeSet::new());
    let folder = Path::new("/nonexistent");
    let source = Source::new("compose.yml", text);
    let mut chain = Chain { env: &env, folder, notes: &mut notes, unset: &mut unset };
    let twice = chain.add(None, &source).and_then(|root| chain.add(Some(root), &source));
    let root = match twice {
        Ok(root) => root,
        Err(problem) => return check(&problem.to_string()),
    };
    let Ok(stack) = StackName::new("fuzz") else { return };
    let (modifiers, settings) = (&BTreeMap::new(), &BTreeMap::new());
    let cx = Context { stack: &stack, env: &env, modifiers, settings, folder, contents: false };
    let refused = build(&root, &cx, &mut notes).err();
    if let Some(problem) = &refused {
        check(&problem.to_string());
    }
    // The other reader has limits of its own.
    if root.count() > 5_000 {
        return;
    }
    let rendered = Rendered::new(&root, folder, notes, unset, refused);
    let json: Result<Value, _> = serde_json::from_str(&rendered.json());
    let yaml: Result<Value, _> = serde_saphyr::from_str(&rendered.yaml());
    match (json, yaml) {
        (Ok(json), Ok(yaml)) => assert!(alike(&json, &yaml), "{json}\n{yaml}\n{}", rendered.yaml()),
        (json, yaml) => panic!("{json:?} {yaml:?}\n{}", rendered.yaml()),
    }
}

/// Reads `text` as the labels of a service.
pub fn labels(text: &str) {
    let indented: String = text.lines().map(|line| format!("        {line}\n")).collect();
    compose(&format!("services:\n  app:\n    image: a\n    deploy:\n      labels:\n{indented}"));
}

/// Equal, but for the last digit of a fraction: the reader of JSON does not get that right.
fn alike(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| alike(a, b)))
        }
        (Value::Number(a), Value::Number(b)) if a != b => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= a.abs() * 1e-12,
            _ => false,
        },
        _ => a == b,
    }
}

/// A message is short and cannot command a terminal.
fn check(message: &str) {
    assert!(message.len() < 4000, "{} bytes", message.len());
    assert!(!message.contains(|c: char| c.is_control() && !"\n\t".contains(c)), "{message:?}");
}
