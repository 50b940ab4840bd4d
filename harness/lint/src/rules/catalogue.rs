//! A version in the catalogue.

use crate::rule::{Check, Rule, Severity};

pub(super) const RULE: Rule = Rule {
    id: "R006",
    name: "catalogue",
    severity: Severity::Warning,
    title: "the catalogue has a version of the recipe",
    why: "operators install what the catalogue lists",
    remedy: "release a version with `abra recipe release` and let the catalogue be generated",
    check: Check::Never("needs the network"),
};
