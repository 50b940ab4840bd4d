//! Dumps that no restore hook reads back.

use crate::finding::Found;
use crate::hook::has_restore_hook;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "C003",
    name: "no-restore-hook",
    severity: Severity::Error,
    title: "what dumps before a backup loads the dump after a restore",
    why: "a restore puts the dump's file back and nothing reads it: it reports success and the \
          running database keeps what it had",
    remedy: "add backupbot.restore.post-hook, which drops the database and loads the dump",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    // The contract allows hooks on any service, so one without a dump may restore for another.
    let elsewhere = stack.services().any(|service| {
        has_restore_hook(&service) && service.backup_hook().is_none_or(|hook| !hook.makes_dump())
    });
    for service in stack.services() {
        let Some(hook) = service.backup_hook().filter(|hook| hook.makes_dump()) else { continue };
        if !has_restore_hook(&service) && !elsewhere {
            let message = format!("`{}` dumps and has no restore hook", service.name());
            let key = service.key(&format!("deploy.labels.{}", hook.label.name));
            found.at(hook.label.place, key, message);
        }
    }
}
