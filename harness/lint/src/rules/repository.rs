//! A repository among the recipes.

use crate::rule::{Check, Rule, Severity};

pub(super) const RULE: Rule = Rule {
    id: "R013",
    name: "recipe-repository",
    severity: Severity::Warning,
    title: "the recipe has its repository among the Co-op Cloud recipes",
    why: "abra clones recipes from there",
    remedy: "ask for a repository on the Co-op Cloud git server",
    check: Check::Never("needs the network"),
};
