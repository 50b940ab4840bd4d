//! The page of all rules.

use std::fmt::Write as _;

use crate::rules::rules;

const HEAD: &str = "# Lint rules

This page is rendered from `harness/lint/src/rules/`, and a test compares both. `R…` are abra's rules,
`C…` are our own. A rule of severity error breaks a deploy, an upgrade or a restore; a warning will hurt
some operator some day; a note is worth knowing.

## How a finding is allowed

A comment `cc-ci: allow RULE because REASON` allows what the rule finds on its own line and on the first
line below that is no comment. At the head of a file, before everything else, or as `allow-file`, it holds
for the whole file. RULE is an id or a name, and several stand with commas between them. The comment may
stand in any file that is read: in compose files, `.env.sample`, `abra.sh`, the README and the files of
configs. A finding about a file that is missing, or about the repository, is allowed for the file in
compose.yml.

    image: jitsi/web:stable # cc-ci: allow C010 because upstream tests this branch

What is allowed is counted and shown with its reason, in SARIF as a suppressed result. C021 reports
comments without a reason, of unknown rules and of comments that allow nothing.
";

/// All rules as a Markdown page.
#[must_use]
pub fn reference() -> String {
    let mut out = String::from(HEAD);
    for rule in rules() {
        let _ = write!(
            out,
            "\n## {} {}\n\n**{}**: {}.\n\nWhy: {}.\n\nRemedy: {}.\n",
            rule.id, rule.name, rule.severity, rule.title, rule.why, rule.remedy
        );
    }
    out
}
