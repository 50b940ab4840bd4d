//! The README's metadata.

use cc_ci_recipe::Files;

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};

pub(super) const RULE: Rule = Rule {
    id: "R007",
    name: "readme-metadata",
    severity: Severity::Warning,
    title: "README.md has its metadata filled in",
    why: "the catalogue shows an app's category, status and features from there",
    remedy: "fill in every line between <!-- metadata --> and <!-- endmetadata -->",
    check: Check::Files(check),
};

/// The lines of the block, as the documentation of recipes lists them.
const FIELDS: [&str; 8] =
    ["Category", "Status", "Image", "Healthcheck", "Backups", "Email", "Tests", "SSO"];

fn check(files: &Files, found: &mut Found) {
    let Some(text) = files.text("README.md") else {
        return found.file("README.md", "there is no README.md");
    };
    let begin = text.lines().position(|line| line.trim() == "<!-- metadata -->");
    let Some(begin) = begin else {
        return found.file("README.md", "there is no <!-- metadata --> block");
    };
    let block = || {
        let rest = text.lines().skip(begin + 1);
        rest.take_while(|line| line.trim() != "<!-- endmetadata -->")
    };
    let filled = |field: &str| {
        let mark = format!("**{field}**:");
        block().any(|line| line.split_once(&mark).is_some_and(|(_, v)| !v.trim().is_empty()))
    };
    let missing: Vec<&str> = FIELDS.into_iter().filter(|field| !filled(field)).collect();
    if !missing.is_empty()
        && let Some(place) = files.place("README.md", begin + 1, 1)
    {
        found.at(&place, "metadata", format!("nothing is said about {}", missing.join(", ")));
    }
}
