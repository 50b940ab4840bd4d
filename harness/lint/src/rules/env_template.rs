//! Braces in environments.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "C047",
    name: "env-template",
    severity: Severity::Error,
    title: "double braces in an environment are templates that Swarm knows",
    why: "Swarm fills `{{…}}` in environments and host names by itself and knows only .Service, \
          .Node and .Task there: it refuses the service with `expanding env failed`",
    remedy: "write the text into a config without template_driver, or write `{{\"{{\"}}` for the \
             braces",
    check: Check::Stack(check),
};

/// Functions that Go's templates have by themselves, and the one that Swarm adds.
const FUNCTIONS: [&str; 14] = [
    "and", "or", "not", "len", "index", "print", "printf", "println", "eq", "ne", "lt", "gt",
    "join", "if",
];

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        for pair in service.environment() {
            if let Some(action) = unknown(pair.value) {
                let message = format!("Swarm cannot fill {{{{{action}}}}}");
                found.at(pair.place, service.key(&format!("environment.{}", pair.name)), message);
            }
        }
        if let Some((name, place)) = service.word(&["hostname"])
            && let Some(action) = unknown(name)
        {
            let message = format!("Swarm cannot fill {{{{{action}}}}}");
            found.at(place, service.key("hostname"), message);
        }
    }
}

/// The first action that Swarm cannot carry out.
fn unknown(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some((_, tail)) = rest.split_once("{{") {
        let Some((action, after)) = tail.split_once("}}") else { return Some(tail) };
        let inside = action.trim_matches('-').trim();
        let first = inside.split([' ', '|', '(']).next().unwrap_or_default();
        let known = [".Service.", ".Node.", ".Task."].iter().any(|of| first.starts_with(of))
            || first.starts_with(['"', '`', '$'])
            || FUNCTIONS.contains(&first)
            || matches!(first, "else" | "end" | "with" | "range");
        if !known {
            return Some(action);
        }
        rest = after;
    }
    None
}
