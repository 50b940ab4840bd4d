//! Labels of the backup contract.

use cc_ci_recipe::nearest;

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "C036",
    name: "backup-label",
    severity: Severity::Error,
    title: "every backupbot label is one that the contract has",
    why: "a backup tool skips a label that it does not know without an error: the dump is never made, or the \
          volume never saved, and the backup succeeds",
    remedy: "use backupbot.backup=true, backupbot.backup.volumes.<volume>, \
             backupbot.backup.volumes.<volume>.path and the pre-hook and post-hook of \
             backupbot.backup and backupbot.restore",
    check: Check::Stack(check),
};

/// `backupbot.backup.path` is of the first contract; C004 judges whether it saves anything.
const KNOWN: [&str; 7] = [
    "backupbot.backup",
    "backupbot.backup.pre-hook",
    "backupbot.backup.post-hook",
    "backupbot.backup.path",
    "backupbot.restore",
    "backupbot.restore.pre-hook",
    "backupbot.restore.post-hook",
];

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        for label in service.labels().iter().filter(|label| label.name.starts_with("backupbot")) {
            let key = service.key(&format!("deploy.labels.{}", label.name));
            let volume = label.name.strip_prefix("backupbot.backup.volumes.");
            if volume.is_none() && !KNOWN.contains(&label.name) {
                let near = nearest(label.name, KNOWN)
                    .filter(|near| near.ends_with("-hook"))
                    .map(|near| format!("; did you mean {near}?"));
                let near = near.unwrap_or_default();
                found.at(label.place, key, format!("no tool reads {}{near}", label.name));
            } else if label.name == "backupbot.backup"
                && !matches!(label.value, "true" | "false" | "")
            {
                let lower = label.value.to_ascii_lowercase();
                let known = matches!(lower.as_str(), "true" | "false");
                let message = match known {
                    true => format!("{:?} is to be written {lower}", label.value),
                    false => format!("{:?} is neither true nor false", label.value),
                };
                found.at(label.place, key, message);
            }
        }
    }
}
