//! `@docker` behind names.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "C024",
    name: "traefik-provider",
    severity: Severity::Error,
    title: "no name of Traefik's ends in `@docker`",
    why: "since Traefik 3 the labels of Swarm services belong to the provider `swarm`: a router \
          that names `…@docker` is dropped and answers 404",
    remedy: "leave the provider out: a plain name is looked for among the same labels, in Traefik 2 \
             and 3",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        for label in service.traefik() {
            if let Some(name) = label.items().find(|item| item.ends_with("@docker")) {
                found.at(
                    label.pair.place,
                    label.key(&service),
                    format!("`{name}` is not there in Traefik 3"),
                );
            }
        }
    }
}
