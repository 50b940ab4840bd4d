//! Short names of secrets.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "R015",
    name: "secret-length",
    severity: Severity::Warning,
    title: "names of secrets have at most 12 characters",
    why: "the whole name, with the stack's (up to 45 characters) before it and the version behind \
          it, may have 64; an operator with a long domain cannot deploy",
    remedy: "shorten the name",
    check: Check::Stack(check),
};

/// abra's own limit.
const LONGEST: usize = 12;

fn check(stack: &Stack<'_>, found: &mut Found) {
    for secret in stack.section("secrets") {
        let length = secret.key.chars().count();
        if length > LONGEST {
            let message = format!("`{}` has {length} characters", secret.key);
            found.at(&secret.place, format!("secrets.{}", secret.key), message);
        }
    }
}
