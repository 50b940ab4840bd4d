//! Versions of configs.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "R012",
    name: "config-versions",
    severity: Severity::Error,
    title: "a recipe with configs has their versions in abra.sh",
    why: "configs cannot be changed once they exist, so their names carry a version, and abra \
          takes it from abra.sh",
    remedy: "add an abra.sh with `export <CONFIG>_VERSION=v1` for every config",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    if stack.files.abra.is_some() {
        return;
    }
    for service in stack.services() {
        if let Some(config) = service.used("configs").first() {
            let message = format!("config `{}` is used and there is no abra.sh", config.source);
            return found.at(config.place, service.key("configs"), message);
        }
    }
}
