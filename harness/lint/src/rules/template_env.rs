//! Variables of templates.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::{Service, Stack, word};
use crate::template::{Call, Function, calls};

pub(super) const RULE: Rule = Rule {
    id: "C027",
    name: "template-env",
    severity: Severity::Error,
    title: "a template asks for variables that its service has",
    why: "Swarm fills a template with the environment of the service that mounts it, and only the \
          service `app` gets the whole .env: elsewhere an absent variable becomes an empty text",
    remedy: "add the variable's name to the environment of the service",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        each_call(&service, |section, source, path, call| {
            if call.function == Function::Env
                && !has(&service, call.name)
                && let Some(place) = stack.files.place(path, call.line, call.column)
            {
                let message = format!("`{}` has no variable {}", service.name(), call.name);
                found.at(&place, service.key(&format!("{section}.{source}")), message);
            }
        });
    }
}

/// Calls `tell` for every unconditional call in the templates that `service` mounts: with section,
/// source and file.
pub(super) fn each_call<'a>(
    service: &Service<'a>,
    mut tell: impl FnMut(&str, &str, &'a str, Call<'a>),
) {
    for section in ["configs", "secrets"] {
        for used in service.used(section) {
            let declared = service.stack.section(section).iter().find(|e| e.is(used.source));
            let Some(entry) = declared else { continue };
            let Some(path) = entry.node.get("file").and_then(word) else { continue };
            if entry.node.get("template_driver").is_none() {
                continue;
            }
            for call in calls(service.stack.files.text(path).unwrap_or_default()) {
                tell(section, used.source, path, call);
            }
        }
    }
}

/// True for what the service's own environment names, and for the service `app` also for what
/// .env.sample or abra.sh set or offer.
fn has(service: &Service<'_>, name: &str) -> bool {
    let files = service.stack.files;
    let lines = || files.sample.iter().chain(&files.abra).flatten();
    service.environment().iter().any(|pair| pair.name == name)
        || service.name() == "app"
            && (files.env.contains_key(name) || lines().any(|line| line.name == name))
}
