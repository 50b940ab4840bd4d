//! Hooks that take a shell for granted.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::shell::needs_shell;
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "C048",
    name: "hook-shell",
    severity: Severity::Note,
    title: "a hook that needs a shell names it",
    why: "the contract says that the command of a hook runs in the container, and not that a shell reads it: a \
          tool that starts it directly hands `>` or `|` to the program as a word, and no dump is written",
    remedy: "write sh -c '…' around the command, or run a script",
    check: Check::Stack(check),
};

const HOOKS: [&str; 4] = [
    "backupbot.backup.pre-hook",
    "backupbot.backup.post-hook",
    "backupbot.restore.pre-hook",
    "backupbot.restore.post-hook",
];

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        for label in HOOKS.iter().filter_map(|name| service.label(name)) {
            let Some(sign) = needs_shell(label.value) else { continue };
            let message = format!("only a shell knows what {sign} means, and none is named");
            found.at(label.place, service.key(&format!("deploy.labels.{}", label.name)), message);
        }
    }
}
