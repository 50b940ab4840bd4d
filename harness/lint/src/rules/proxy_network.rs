//! Which of its networks Traefik shall use.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "C017",
    name: "proxy-network",
    severity: Severity::Note,
    title: "a routed service on several networks names the one Traefik shall use",
    why: "unless Traefik itself is set to one network, it takes any address of the service, and on \
          a network that it has not joined every request ends in a gateway timeout",
    remedy: "label the service traefik.swarm.network=proxy (traefik.docker.network before \
             Traefik 3)",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.services() {
        let enabled = service.label("traefik.enable").filter(|label| label.value == "true");
        let Some(enabled) = enabled else { continue };
        let named = ["traefik.docker.network", "traefik.swarm.network"]
            .iter()
            .any(|name| service.label(name).is_some());
        let networks = service.networks();
        if networks.len() > 1 && !named {
            let names: Vec<&str> = networks.iter().map(|joined| joined.network).collect();
            let message = format!("`{}` is on {}", service.name(), names.join(" and "));
            found.at(enabled.place, service.key("deploy.labels.traefik.enable"), message);
        }
    }
}
