//! Time to start.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;
use crate::time::seconds;

pub(super) const RULE: Rule = Rule {
    id: "C011",
    name: "health-start-period",
    severity: Severity::Warning,
    title: "the health check of a database or a migrating app has a start_period",
    why: "without one, failures count from the first second: a migration or a recovery that takes \
          longer than interval × retries is killed half way, and starts again from a worse place",
    remedy: "add a start_period as long as the longest first start, as a literal such as 10m: a \
             healthy answer ends it early, so it costs nothing",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services().filter(|service| service.may_start_slowly()) {
        let Some(health) = service.get(&["healthcheck"]) else { continue };
        let off = service.word(&["healthcheck", "disable"]).is_some_and(|(off, _)| off == "true");
        let period = service.word(&["healthcheck", "start_period"]);
        let none = period.is_none_or(|(text, _)| seconds(text) == Some(0.0));
        if none && !off && health.get("test").is_some() {
            let message = format!("`{}` has no time to start", service.name());
            let place = period.map_or(&health.place, |(_, place)| place);
            found.at(place, service.key("healthcheck.start_period"), message);
        }
    }
}
