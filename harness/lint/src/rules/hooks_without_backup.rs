//! Hooks of a backup that never happens.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "C037",
    name: "hooks-without-backup",
    severity: Severity::Error,
    title: "a stack with backup labels switches its backup on",
    why: "hooks and paths count only where one service has backupbot.backup=true: without it the \
          whole stack is skipped",
    remedy: "label the main service backupbot.backup=true",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    if stack.services().any(|service| service.label("backupbot.backup").is_some()) {
        return;
    }
    for service in stack.services() {
        let first = service.labels().iter().find(|label| label.name.starts_with("backupbot."));
        if let Some(label) = first {
            let message = format!(
                "`{}` has backup labels and no service has backupbot.backup",
                service.name()
            );
            found.at(label.place, service.key(&format!("deploy.labels.{}", label.name)), message);
        }
    }
}
