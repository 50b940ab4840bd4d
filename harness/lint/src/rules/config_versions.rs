//! Versions of configs.

use cc_ci_recipe::Value;

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::{Service, Stack};
use crate::variables::references;

pub(super) const RULE: Rule = Rule {
    id: "R012",
    name: "config-versions",
    severity: Severity::Error,
    title: "a recipe with configs has their versions in abra.sh",
    why: "configs cannot be changed once they exist, so their names carry a version, and abra \
          takes it from abra.sh; a version in .env.sample stays as it was when an app was created",
    remedy: "add an abra.sh with `export <CONFIG>_VERSION=v1` for every config",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    let Some(abra) = &stack.files.abra else {
        for service in stack.services() {
            if let Some(config) = service.configs().first() {
                let message = format!("config `{}` is used and there is no abra.sh", config.source);
                return found.at(config.place, service.key("configs"), message);
            }
        }
        return;
    };
    let exported = |name: &str| abra.iter().any(|line| line.name == name && !line.commented_out);
    for config in stack.section("configs") {
        let used = |s: Service<'_>| s.configs().iter().any(|used| config.is(used.source));
        let name = config.node.get("name");
        let Some(Value::Scalar(name_of)) = name.map(|node| &node.value) else { continue };
        if !stack.services().any(used) {
            continue;
        }
        for reference in references(&name_of.raw).into_iter().filter(|r| r.operator.is_none()) {
            let version = reference.name.ends_with("_VERSION");
            if version && !exported(reference.name) {
                let message = format!("abra.sh does not export {}", reference.name);
                let place = name.map_or(&config.place, |node| &node.place);
                found.at(place, format!("configs.{}.name", config.key), message);
            }
        }
    }
}
