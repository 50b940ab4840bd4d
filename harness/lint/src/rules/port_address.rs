//! Addresses before published ports.

use super::ignored::{Found as Ignored, each};
use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "C042",
    name: "port-address",
    severity: Severity::Warning,
    title: "no published port is meant for one address",
    why: "Swarm publishes on all addresses of all nodes: a port that was to be open for this machine \
          alone is open to everybody",
    remedy: "do not publish the port; reach it over a network, or through Traefik",
    check: Check::Subject(check),
};

fn check(subject: &Subject<'_>, found: &mut Found) -> Result<(), &'static str> {
    each(subject.files, |Ignored { place, path, key: _ }| {
        let Some((keys, address)) = path.split_once(": address ") else { return };
        // Swarm publishes on all addresses anyway.
        if !matches!(address.trim_matches(['[', ']']), "0.0.0.0" | "::") {
            found.at(
                place,
                keys,
                format!("the port is open on all addresses, not only on {address}"),
            );
        }
    })
}
