//! The network on which Traefik reaches a service.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::{Service, Stack, word};
use crate::traefik::{Kind, is_routed};

pub(super) const RULE: Rule = Rule {
    id: "C025",
    name: "traefik-network",
    severity: Severity::Error,
    title: "a routed service is on the network of the proxy",
    why: "Traefik reaches services over networks that it has joined, and it joins none of a stack's \
          own: every request ends in a gateway timeout",
    remedy: "add the external network `proxy` to the service's networks",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    // A stack that brings a proxy of its own may route over its own networks.
    let is_proxy = |service: &Service<'_>| {
        service.image().is_some_and(|(image, _)| image.base.contains("traefik"))
    };
    if stack.services().any(|service| is_proxy(&service)) {
        return;
    }
    for service in stack.services().filter(is_routed) {
        let Some(enabled) = service.label("traefik.enable") else { continue };
        if !service.traefik().iter().any(|label| label.kind == Kind::Router) {
            continue;
        }
        let joined: Vec<&str> = service.networks().iter().map(|joined| joined.network).collect();
        if !joined.iter().any(|network| stack.is_shared(network)) {
            let own = if joined.is_empty() { "default".to_owned() } else { joined.join(" and ") };
            let message =
                format!("`{}` is on {own} only, which is the stack's own", service.name());
            let key = service.key("deploy.labels.traefik.enable");
            found.at(enabled.place, key, message);
            continue;
        }
        for name in ["traefik.swarm.network", "traefik.docker.network"] {
            let Some(label) = service.label(name).filter(|label| !label.value.is_empty()) else {
                continue;
            };
            if !joined.iter().any(|network| real_name(stack, network) == label.value) {
                let message = format!("`{}` is not on {}", service.name(), label.value);
                found.at(label.place, service.key(&format!("deploy.labels.{name}")), message);
            }
        }
    }
}

/// The name of a network on the engine.
fn real_name(stack: &Stack<'_>, key: &str) -> String {
    let declared = stack.section("networks").iter().find(|entry| entry.is(key));
    let own = declared.and_then(|entry| {
        let older = entry.node.get("external").and_then(|external| external.get("name"));
        entry.node.get("name").or(older).and_then(word)
    });
    match own.filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        None if stack.is_shared(key) => key.to_owned(),
        None => {
            let stack = stack.files.env.get("STACK_NAME").map(String::as_str).unwrap_or_default();
            format!("{stack}_{key}")
        }
    }
}
