//! An image for every service.

use std::collections::BTreeSet;

use cc_ci_recipe::{Files, Value};

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::word;

pub(super) const RULE: Rule = Rule {
    id: "R011",
    name: "image-present",
    severity: Severity::Error,
    title: "every service of every compose file has an image",
    why: "an overlay that mentions a service which exists no longer brings it back without an \
          image, and the whole deploy is refused",
    remedy: "give the service an image, or take it out of the overlay",
    check: Check::Files(check),
};

fn check(files: &Files, found: &mut Found) {
    let services = || {
        files.compose.iter().flat_map(|file| match file.root.get("services").map(|n| &n.value) {
            Some(Value::Map(entries)) => entries.as_slice(),
            Some(Value::Scalar(_) | Value::List(_)) | None => &[],
        })
    };
    let with: BTreeSet<&str> = services()
        .filter(|entry| entry.node.get("image").and_then(word).is_some_and(|i| !i.is_empty()))
        .map(|entry| &*entry.key)
        .collect();
    let mut told = BTreeSet::new();
    for entry in services().filter(|entry| !with.contains(&*entry.key)) {
        if told.insert(&entry.key) {
            let message = format!("service `{}` has no image in any compose file", entry.key);
            found.at(&entry.place, format!("services.{}.image", entry.key), message);
        }
    }
}
