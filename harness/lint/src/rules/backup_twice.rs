//! Several services that ask for a backup.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "C006",
    name: "backup-twice",
    severity: Severity::Warning,
    title: "one service of a stack has backupbot.backup=true",
    why: "the label stands for the whole stack; the backup specification forbids it twice and \
          tools may refuse the stack, or save it twice",
    remedy: "keep it on the main service; hooks and volume labels may stay where they are",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    let mut first: Option<&str> = None;
    for service in stack.services() {
        let label = service
            .label("backupbot.backup")
            .filter(|label| label.value.eq_ignore_ascii_case("true"));
        match (label, first) {
            (Some(label), Some(first)) => {
                let message = format!("`{}` has it, too; `{first}` is enough", service.name());
                found.at(label.place, service.key("deploy.labels.backupbot.backup"), message);
            }
            (Some(_), None) => first = Some(service.name()),
            (None, _) => {}
        }
    }
}
