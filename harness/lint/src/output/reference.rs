//! The page of all rules.

use std::fmt::Write as _;

use crate::rules::rules;

/// All rules as a Markdown page.
#[must_use]
pub fn reference() -> String {
    let mut out = String::from("# Lint rules\n\n`R…` are abra's rules, `C…` are our own.\n");
    for rule in rules() {
        let _ = write!(
            out,
            "\n## {} {}\n\n**{}**: {}.\n\nWhy: {}.\n\nRemedy: {}.\n",
            rule.id, rule.name, rule.severity, rule.title, rule.why, rule.remedy
        );
    }
    out
}
