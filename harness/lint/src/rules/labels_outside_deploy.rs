//! Labels that Swarm's tools do not see.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "C005",
    name: "labels-outside-deploy",
    severity: Severity::Error,
    title: "labels for Swarm's tools stand under `deploy`",
    why: "labels directly under a service belong to its containers; backup, Traefik and abra read \
          the labels of the service and skip these without an error",
    remedy: "move them to deploy.labels",
    check: Check::Stack(check),
};

/// Prefixes of labels that are read from services.
const READERS: [&str; 3] = ["backupbot.", "traefik.", "coop-cloud."];

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        for label in service.container_labels() {
            if READERS.iter().any(|reader| label.name.starts_with(reader)) {
                let message = format!("`{}` is a label of the container", label.name);
                found.at(label.place, service.key(&format!("labels.{}", label.name)), message);
            }
        }
    }
}
