//! A route through Traefik.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;
use crate::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "R010",
    name: "traefik-enabled",
    severity: Severity::Error,
    title: "a recipe with a DOMAIN is routed by Traefik",
    why: "without traefik.enable=true under deploy.labels no visitor can open the app",
    remedy: "label a service traefik.enable=true; where the app is not served over HTTP, take \
             DOMAIN out of .env.sample",
    check: Check::Subject(check),
};

fn check(subject: &Subject<'_>, found: &mut Found) -> Result<(), &'static str> {
    let lines = subject.files.sample.as_deref().ok_or("there is no .env.sample")?;
    if !lines.iter().any(|line| line.name == "DOMAIN" && !line.commented_out) {
        return Err(".env.sample has no DOMAIN");
    }
    let stack = Stack::of(subject.files).ok_or("the compose files cannot be read")?;
    let enabled = |stack: &Stack<'_>| {
        stack.services().any(|service| {
            service.label("traefik.enable").is_some_and(|label| label.value == "true")
        })
    };
    // An overlay may be what brings the route.
    if !enabled(&stack) && !stack.overlays().any(|stack| enabled(&stack)) {
        found.at(stack.place_of("services"), "services", "no service has traefik.enable=true");
    }
    Ok(())
}
