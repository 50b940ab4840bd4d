//! Volumes that an upgrade leaves behind.

use cc_ci_recipe::Place;

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::{Stack, word};
use crate::subject::Upgrade;

pub(super) const RULE: Rule = Rule {
    id: "C009",
    name: "volume-gone",
    severity: Severity::Warning,
    title: "an upgrade keeps every volume under its name",
    why: "a volume under another name is another, empty volume: the app starts without its data \
          and the old volume is neither used nor saved any more",
    remedy: "keep the name, or raise the recipe's major version and tell operators in release/next \
             how to move the data",
    check: Check::Upgrade(check),
};

fn check(upgrade: &Upgrade<'_>, found: &mut Found) {
    let (Some(old), Some(new)) = (Stack::of(upgrade.old), Stack::of(upgrade.new)) else { return };
    for was in mounted(&old) {
        // An overlay of the new version may mount it, and then the operator has to add it.
        if mounted(&new).iter().any(|is| is.name == was.name) {
            continue;
        }
        let same_target = mounted(&new)
            .into_iter()
            .find(|is| (is.service, is.target) == (was.service, was.target));
        let mut overlays = new.overlays();
        let optional = overlays.find(|stack| mounted(stack).iter().any(|is| is.name == was.name));
        let key = format!("volumes.{}", was.key);
        let place = same_target.as_ref().map_or(new.place_of("volumes"), |is| is.place);
        let message = match (&same_target, optional.and_then(|stack| stack.overlay)) {
            (Some(is), _) => format!(
                "`{}` mounts volume `{}` at {} where it had `{}`",
                is.service, is.key, is.target, was.key
            ),
            (None, Some(overlay)) => {
                format!("volume `{}` of `{}` is only in {overlay} now", was.key, was.service)
            }
            (None, None) => format!("volume `{}` of `{}` is gone", was.key, was.service),
        };
        found.at(place, key, message);
    }
}

struct Mounted<'a> {
    /// On the engine.
    name: String,
    /// In the compose file.
    key: &'a str,
    service: &'a str,
    target: &'a str,
    place: &'a Place,
}

fn mounted<'a>(stack: &'a Stack<'_>) -> Vec<Mounted<'a>> {
    let mut all = Vec::new();
    for service in stack.services() {
        for mount in service.mounts() {
            let Some(volume) = stack.section("volumes").iter().find(|v| v.is(mount.source)) else {
                continue;
            };
            let name = volume.node.get("name").and_then(word).map(str::to_owned);
            let name = name.unwrap_or_else(|| format!("_{}", volume.key));
            let (key, service) = (&*volume.key, service.name());
            all.push(Mounted { name, key, service, target: mount.target, place: mount.place });
        }
    }
    all
}
