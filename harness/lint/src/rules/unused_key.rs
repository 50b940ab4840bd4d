//! Keys of `docker compose` that mean nothing to Swarm.

use super::ignored::{Found as Ignored, each};
use super::ignored_key::HARMLESS;
use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "C041",
    name: "unused-key",
    severity: Severity::Note,
    title: "keys that only `docker compose` reads are known to do nothing",
    why: "Swarm starts all services at once and names containers itself: an order or a name in the \
          file promises what does not happen",
    remedy: "take the key out; let a service wait for its neighbours itself, as it has to after a \
             crash anyway",
    check: Check::Subject(check),
};

fn check(subject: &Subject<'_>, found: &mut Found) -> Result<(), &'static str> {
    each(subject.files, |Ignored { place, path, key }| {
        if HARMLESS.contains(&key) {
            found.at(place, path, format!("Swarm ignores `{key}`"));
        }
    })
}
