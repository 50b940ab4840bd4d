//! Several tasks on the data of one.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::{Stack, word};

pub(super) const RULE: Rule = Rule {
    id: "C034",
    name: "shared-data",
    severity: Severity::Error,
    title: "a database has one task on its volume",
    why: "two servers write the same files on one node: the second fails at the lock, or both \
          damage the data; on two nodes each has data of its own",
    remedy: "set replicas to 1, or use the database's own replication with a volume for each server",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.services().filter(|service| service.keeps_data()) {
        let Some((text, place)) = service.word(&["deploy", "replicas"]) else { continue };
        let Some(replicas) = text.parse::<u64>().ok().filter(|replicas| *replicas > 1) else {
            continue;
        };
        let shared = service.mounts().iter().filter(|m| m.lasting && !m.source.is_empty());
        // `{{.Task.Slot}}` in a volume's name gives each task its own.
        let own = |key: &str| {
            let volume = stack.section("volumes").iter().find(|entry| entry.is(key));
            volume.and_then(|v| v.node.get("name")).and_then(word).is_some_and(|n| n.contains("{{"))
        };
        if let Some(mount) = shared.into_iter().find(|mount| !own(mount.source)) {
            let message =
                format!("{replicas} tasks of `{}` share {}", service.name(), mount.source);
            found.at(place, service.key("deploy.replicas"), message);
        }
    }
}
