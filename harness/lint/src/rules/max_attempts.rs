//! Services that are given up.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "C044",
    name: "max-attempts",
    severity: Severity::Warning,
    title: "Swarm may restart a service as often as it takes",
    why: "after max_attempts ends the service has no task left and nothing starts it again, also \
          when its database was only late once",
    remedy: "leave max_attempts out and set a delay",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        let policy = |key| service.word(&["deploy", "restart_policy", key]);
        let Some((attempts, place)) = policy("max_attempts") else { continue };
        let never = policy("condition").is_some_and(|(condition, _)| condition == "none");
        if attempts == "0" || never || service.is_scaled_to_zero() || service.seems_one_shot() {
            continue;
        }
        let message = format!("`{}` is given up after {attempts} restarts", service.name());
        found.at(place, service.key("deploy.restart_policy.max_attempts"), message);
    }
}
