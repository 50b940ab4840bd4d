//! What a router leads to and through.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;
use crate::traefik::{Kind, Label, is_routed};

pub(super) const RULE: Rule = Rule {
    id: "C023",
    name: "traefik-target",
    severity: Severity::Error,
    title: "a router's middlewares and service are defined",
    why: "Traefik drops a router that names a middleware or service which no label defines, logs \
          that it does not exist and answers 404",
    remedy: "correct the name, define it with labels of the stack, or name the provider that has \
             it, as in name@file",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    let defined = |protocol: &str, kind: Kind, name: &str| {
        stack.services().flat_map(|service| service.traefik()).any(|label| {
            label.protocol.eq_ignore_ascii_case(protocol)
                && label.kind == kind
                && label.name.eq_ignore_ascii_case(name)
        })
    };
    for service in stack.services().filter(is_routed) {
        let labels = service.traefik();
        let own = |protocol: &str| -> Vec<&str> {
            let mut names: Vec<&str> = (labels.iter())
                .filter(|l| l.kind == Kind::Service && l.protocol.eq_ignore_ascii_case(protocol))
                .map(|label| label.name)
                .collect();
            names.sort_unstable();
            names.dedup();
            names
        };
        for label in labels {
            let (protocol, at) = (label.protocol, label.pair.place);
            for name in middlewares(label).filter(|name| !name.contains('@')) {
                if !defined(protocol, Kind::Middleware, name) {
                    let message = format!("no label defines the middleware `{name}`");
                    found.at(at, label.key(&service), message);
                }
            }
            let target = label.pair.value.trim();
            let names_one = label.kind == Kind::Router && label.is("service");
            if names_one && !target.is_empty() && !target.contains('@') {
                // Where no label names a service, Traefik makes one up from the container's name.
                if !own(protocol).is_empty() && !defined(protocol, Kind::Service, target) {
                    found.at(
                        at,
                        label.key(&service),
                        format!("no label defines the service `{target}`"),
                    );
                }
            }
            if label.kind != Kind::Router || !label.is("rule") {
                continue;
            }
            let several = own(protocol);
            let chosen =
                |l: &Label<'_>| l.kind == Kind::Router && l.name == label.name && l.is("service");
            if several.len() > 1 && !labels.iter().any(chosen) {
                let message = format!(
                    "router `{}` does not say which of {} it leads to",
                    label.name,
                    several.join(", ")
                );
                found.at(at, label.key(&service), message);
            }
        }
    }
}

/// The middlewares that a label names: those of a router, or of a chain.
fn middlewares<'a>(label: &Label<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    let names = match label.kind {
        Kind::Router => label.is("middlewares"),
        Kind::Middleware => label.is("chain.middlewares"),
        Kind::Service => false,
    };
    let label = *label;
    names
        .then(move || label.pair.value.split(',').map(str::trim))
        .into_iter()
        .flatten()
        .filter(|name| !name.is_empty())
}
