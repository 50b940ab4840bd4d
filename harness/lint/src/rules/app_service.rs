//! A service called `app`.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "R009",
    name: "app-service",
    severity: Severity::Error,
    title: "one service is called `app`",
    why: "abra runs commands, sets the environment and puts the version labels there",
    remedy: "call the main service `app`",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    if stack.services().all(|service| service.name() != "app") {
        let names: Vec<&str> = stack.services().map(|service| service.name()).collect();
        let message = format!("no service is called `app`; there is {}", names.join(", "));
        found.at(stack.place_of("services"), "services", message);
    }
}
