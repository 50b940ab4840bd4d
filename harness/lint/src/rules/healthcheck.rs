//! A health check for every service.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::{Service, Stack};

pub(super) const RULE: Rule = Rule {
    id: "R002",
    name: "healthcheck",
    severity: Severity::Warning,
    title: "every service has a health check",
    why: "Swarm calls a task without one running as soon as its process exists, so a deploy of an \
          app that never answers looks like a success, and an update cannot be rolled back by it",
    remedy: "add a healthcheck that asks the app itself; where the image has neither shell nor \
             client, write `healthcheck: {disable: true}` and say why",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    // A job that is scaled to zero runs when a cron service starts it, and ends by itself.
    let serves = |service: &Service<'_>| !service.is_scaled_to_zero();
    let services = stack.changed_services().filter(serves);
    for service in services.filter(|service| service.get(&["healthcheck"]).is_none()) {
        let message = format!("service `{}` has no health check", service.name());
        found.at(service.place(), service.key("healthcheck"), message);
    }
}
