//! The port that Traefik sends requests to.

use std::collections::BTreeSet;

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::{Service, Stack};
use crate::traefik::{Kind, Label, is_routed};

pub(super) const RULE: Rule = Rule {
    id: "C022",
    name: "traefik-port",
    severity: Severity::Error,
    title: "a routed service names the port that Traefik shall use",
    why: "of a Swarm service Traefik sees no ports: without the label it logs `port is missing`, \
          makes no route and answers 404",
    remedy: "label the service traefik.http.services.${STACK_NAME}.loadbalancer.server.port=<port>, \
             with the port on which the app listens in its container",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services().filter(is_routed) {
        let labels = service.traefik();
        let has = |protocol: &str| labels.iter().any(|l| l.protocol.eq_ignore_ascii_case(protocol));
        if has("http") || !(has("tcp") || has("udp")) {
            missing(&service, labels, "http", found);
        }
        for protocol in ["tcp", "udp"] {
            if has(protocol) {
                missing(&service, labels, protocol, found);
            }
        }
    }
}

/// Every service that the labels of `protocol` name needs a port, and the one that Traefik makes
/// where they name none.
fn missing(service: &Service<'_>, labels: &[Label<'_>], protocol: &str, found: &mut Found) {
    let of = |kind: Kind| {
        labels.iter().filter(move |label| {
            label.protocol.eq_ignore_ascii_case(protocol) && label.kind == kind
        })
    };
    let has_port = |label: &&Label<'_>| {
        (label.is("loadbalancer.server.port") || label.is("loadbalancer.server.url"))
            && !label.pair.value.is_empty()
    };
    let port = format!("traefik.{protocol}.services.<name>.loadbalancer.server.port");
    let names: BTreeSet<&str> = of(Kind::Service).map(|label| label.name).collect();
    for name in &names {
        let mut own = of(Kind::Service).filter(|label| label.name == *name);
        if own.clone().any(|label| has_port(&label)) {
            continue;
        }
        if let Some(first) = own.next() {
            let message =
                format!("`{}` has no label {}", service.name(), port.replace("<name>", name));
            found.at(first.pair.place, first.key(service), message);
        }
    }
    if names.is_empty() {
        let router = of(Kind::Router).find(|label| label.is("rule"));
        let enabled = service.label("traefik.enable");
        let Some(at) = router.map(|label| label.pair).or(enabled) else { return };
        let key = service.key(&format!("deploy.labels.{}", at.name));
        found.at(at.place, key, format!("`{}` has no label {port}", service.name()));
    }
}
