//! Overlays that an operator still names.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::subject::Upgrade;

pub(super) const RULE: Rule = Rule {
    id: "C019",
    name: "overlay-removed",
    severity: Severity::Warning,
    title: "an upgrade keeps every compose file",
    why: "COMPOSE_FILE stands in the operator's own settings: an operator who switched the overlay on \
          cannot deploy the new version until the name is taken out",
    remedy: "keep an empty overlay, or raise the recipe's major version and tell operators in \
             release/next",
    check: Check::Upgrade(check),
};

fn check(upgrade: &Upgrade<'_>, found: &mut Found) {
    for old in &upgrade.old.compose {
        if !upgrade.new.listing.contains(&old.name) {
            found.file(&old.name, "the file is gone");
        }
    }
}
