//! Limits of memory that nothing fits into.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "C045",
    name: "tiny-memory",
    severity: Severity::Error,
    title: "a memory limit has a unit",
    why: "a number without unit counts bytes, and the engine starts no container with less than 6 \
          MiB: every task is rejected",
    remedy: "write 512M or 1G",
    check: Check::Stack(check),
};

/// The engine's own limit ("Minimum memory limit allowed is 6MB").
const LEAST: u64 = 6 << 20;

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        let limit = service.word(&["deploy", "resources", "limits", "memory"]);
        let Some((text, place)) = limit else { continue };
        // The long form counts bytes; 0 is no limit.
        if text.parse::<u64>().is_ok_and(|bytes| (1..LEAST).contains(&bytes)) {
            let message = format!("`{}` may have {text} bytes of memory", service.name());
            found.at(place, service.key("deploy.resources.limits.memory"), message);
        }
    }
}
