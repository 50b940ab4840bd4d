//! Services that run on a chosen node only.

use cc_ci_recipe::Value;

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::{Stack, word};

pub(super) const RULE: Rule = Rule {
    id: "C049",
    name: "node-constraint",
    severity: Severity::Warning,
    title: "no service asks for a node that an operator has to prepare",
    why: "on a node without that label or name the engine finds no suitable node: the task stays pending, and a \
          deploy that does not wait looks like a success",
    remedy: "leave the constraint to the operator's own compose file, or take its value from a variable of \
             .env.sample and say in the README what has to be set",
    check: Check::Stack(check),
};

/// What only this or that node has. Role, platform and the like are true of any cluster.
const OF_A_NODE: [&str; 5] =
    ["node.labels.", "engine.labels.", "node.hostname", "node.id", "node.ip"];

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        let node = service.get(&["deploy", "placement", "constraints"]);
        let Some(Value::List(items)) = node.map(|node| &node.value) else { continue };
        for item in items {
            let Some(constraint) = word(item) else { continue };
            let asks = OF_A_NODE.iter().any(|of| constraint.trim_start().starts_with(of));
            if asks && constraint.contains("==") {
                let message = format!("`{}` runs only on a node with {constraint}", service.name());
                found.at(&item.place, service.key("deploy.placement.constraints"), message);
            }
        }
    }
}
