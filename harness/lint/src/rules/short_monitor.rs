//! Updates that are judged too early.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;
use crate::time::seconds;

pub(super) const RULE: Rule = Rule {
    id: "C013",
    name: "short-monitor",
    severity: Severity::Warning,
    title: "a start-first update is watched long enough",
    why: "old and new task run side by side on the same data with twice the memory, and the \
          update counts as done after `monitor`: what dies later is not rolled back, and what dies \
          in that moment of pressure is, although it would have started alone",
    remedy: "set update_config.order to stop-first, or a monitor that covers the first start",
    check: Check::Stack(check),
};

/// Swarm's own default, in seconds.
const DEFAULT: f64 = 5.0;
/// What ends in its first ten seconds ends at once; migrations and memory pressure take longer.
const LONG_ENOUGH: f64 = 10.0;

fn check(stack: &Stack<'_>, found: &mut Found) {
    // C035 reports a database that starts first.
    for service in stack.changed_services().filter(|service| !service.keeps_data()) {
        let order = service.word(&["deploy", "update_config", "order"]);
        let Some((_, place)) = order.filter(|(order, _)| *order == "start-first") else { continue };
        let monitor = service.word(&["deploy", "update_config", "monitor"]);
        let length = monitor.map_or(Some(DEFAULT), |(text, _)| seconds(text));
        // With a health check, Swarm begins to watch only when the new task is healthy. A passed health
        // check is enough to judge an app that starts fast.
        let judged = service.get(&["healthcheck"]).is_some() && !service.may_start_slowly();
        if !judged && length.is_some_and(|length| length < LONG_ENOUGH) {
            let what = monitor.map_or("the default of 5s", |(text, _)| text);
            let message =
                format!("`{}` updates start-first and is watched for {what}", service.name());
            let place = monitor.map_or(place, |(_, place)| place);
            found.at(place, service.key("deploy.update_config.monitor"), message);
        }
    }
}
