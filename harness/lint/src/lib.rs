//! Judges a recipe by rules, each of them one file; pure.

mod allow;
mod finding;
mod hook;
mod image;
mod lint;
mod output;
mod report;
mod rule;
mod rules;
mod shell;
mod stack;
mod subject;
mod template;
mod time;
mod traefik;
mod upgrade;
mod variables;

pub use finding::Finding;
pub use lint::lint;
pub use output::{json, reference, sarif, text};
pub use report::{Allowed, Checked, LINT_SCHEMA, LintReport, Status};
pub use rule::{Rule, Severity};
pub use rules::rules;
pub use subject::{Subject, Tag};
pub use upgrade::{Change, UPGRADE_SCHEMA, UpgradeDiff, diff};
