//! Secrets of templates.

use super::template_env::each_call;
use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;
use crate::template::Function;

pub(super) const RULE: Rule = Rule {
    id: "C028",
    name: "template-secret",
    severity: Severity::Error,
    title: "a template asks for secrets and configs that its service has",
    why: "Swarm cannot fill the template and rejects every task of the service: it never starts",
    remedy: "add the secret to the `secrets` of the service; templates know it by its target",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        each_call(&service, |section, source, path, call| {
            let (wanted, kind) = match call.function {
                Function::Secret => ("secrets", "secret"),
                Function::Config => ("configs", "config"),
                Function::Env => return,
            };
            let granted = service.used(wanted).iter().any(|used| used.target == call.name);
            if !granted && let Some(place) = stack.files.place(path, call.line, call.column) {
                let message = format!("`{}` has no {kind} {}", service.name(), call.name);
                found.at(&place, service.key(&format!("{section}.{source}")), message);
            }
        });
    }
}
