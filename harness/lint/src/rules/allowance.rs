//! Comments that allow findings.

use crate::rule::{Check, Rule, Severity};

pub(super) const RULE: Rule = Rule {
    id: "C021",
    name: "allowance",
    severity: Severity::Warning,
    title: "a comment that allows a finding names a rule and a reason, and is needed",
    why: "an allowance without a reason cannot be judged by the next reader, and one that is not \
          needed any more hides the next mistake",
    remedy: "write `# cc-ci: allow C010 because …` on the line, above it, or at the head of the \
             file for the whole file; take it out when nothing breaks the rule",
    check: Check::Allowances,
};
