//! `version: "3.8"`.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::{Stack, word};

pub(super) const RULE: Rule = Rule {
    id: "R001",
    name: "compose-version",
    severity: Severity::Warning,
    title: "compose files say version \"3.8\"",
    why: "without it the engine's older command lines read the file as version 1 and refuse it",
    remedy: "begin compose.yml with version: \"3.8\"",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    match stack.root.get("version") {
        None => found.at(&stack.root.place, "version", "the version is missing"),
        Some(node) if word(node) == Some("3.8") => {}
        Some(node) => {
            let version = word(node).unwrap_or_default();
            found.at(&node.place, "version", format!("the version is {version:?}, not \"3.8\""));
        }
    }
}
