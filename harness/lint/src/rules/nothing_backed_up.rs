//! Volumes that no backup saves.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "C038",
    name: "nothing-backed-up",
    severity: Severity::Warning,
    title: "a stack with volumes says whether they are backed up",
    why: "a backup tool skips a stack without labels: an operator who relies on it has no copy of \
          the volumes",
    remedy: "label the main service backupbot.backup=true, or backupbot.backup=false where nothing \
             is worth saving",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    let any = |name: &str| name.starts_with("backupbot.");
    if stack.services().any(|service| service.labels().iter().any(|label| any(label.name))) {
        return;
    }
    let mounted: Vec<&str> = stack
        .services()
        .flat_map(|service| service.mounts().iter().filter(|m| m.lasting).map(|m| m.source))
        .collect();
    let mut kept = stack.section("volumes").iter().filter(|v| mounted.contains(&&*v.key));
    if let Some(first) = kept.next() {
        let others = kept.count();
        let more = if others == 0 { String::new() } else { format!(" and {others} more") };
        let message = format!("no label says whether {}{more} is backed up", first.key);
        found.at(&first.place, format!("volumes.{}", first.key), message);
    }
}
