//! Keys that Swarm drops and that an app may need.

use super::ignored::{Found as Ignored, each};
use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "C040",
    name: "ignored-key",
    severity: Severity::Warning,
    title: "what an app needs is not asked for with a key that Swarm ignores",
    why: "the engine's `stack deploy` drops such keys without an error: the container runs without \
          the device, the privilege or the limit that stands in the file",
    remedy: "use what Swarm has: cap_add for single powers, a tmpfs mount in long form for memory, \
             the external network `host` for the node's network; else say in the README that the \
             app cannot have it",
    check: Check::Subject(check),
};

/// Keys of a service that mean nothing to Swarm and take nothing from the app.
pub(super) const HARMLESS: [&str; 6] =
    ["depends_on", "container_name", "build", "expose", "restart", "links"];

fn check(subject: &Subject<'_>, found: &mut Found) -> Result<(), &'static str> {
    each(subject.files, |Ignored { place, path, key }| {
        if !HARMLESS.contains(&key) && !path.contains(": ") && path != "name" {
            found.at(place, path, format!("Swarm ignores `{key}`"));
        }
    })
}
