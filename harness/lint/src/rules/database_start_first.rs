//! Two databases on one volume during an update.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "C035",
    name: "database-start-first",
    severity: Severity::Error,
    title: "a database updates stop-first",
    why: "start-first starts the new server while the old one still has the files: it fails at the \
          lock and the update hangs, or both write and damage the data",
    remedy: "set the order to stop-first, which is the default",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services().filter(|service| service.keeps_data()) {
        for section in ["update_config", "rollback_config"] {
            if let Some((order, place)) = service.word(&["deploy", section, "order"])
                && order == "start-first"
            {
                let message =
                    format!("`{}` keeps data and starts the new task first", service.name());
                found.at(place, service.key(&format!("deploy.{section}.order")), message);
            }
        }
    }
}
