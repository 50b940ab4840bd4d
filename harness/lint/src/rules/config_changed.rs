//! Configs that changed under an unchanged name.

use cc_ci_recipe::{Entry, Files, Value};

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::word;
use crate::subject::Upgrade;

pub(super) const RULE: Rule = Rule {
    id: "C007",
    name: "config-changed",
    severity: Severity::Error,
    title: "a config or secret whose file changed has a new name",
    why: "Swarm cannot change a config: an operator who upgrades sees \"only updates to Labels are \
          allowed\" and nothing is deployed",
    remedy: "raise its version in abra.sh",
    check: Check::Upgrade(check),
};

fn check(upgrade: &Upgrade<'_>, found: &mut Found) {
    for section in ["configs", "secrets"] {
        for new in objects(upgrade.new, section) {
            for old in objects(upgrade.old, section).filter(|old| name(old) == name(new)) {
                let (Some(was), Some(is)) = (content(upgrade.old, old), content(upgrade.new, new))
                else {
                    continue;
                };
                if was != is {
                    let file = new.node.get("file").and_then(word).unwrap_or_default();
                    let message = format!("{file} changed and its name {} did not", name(new));
                    let at = new.node.get("name").map_or(&new.place, |node| &node.place);
                    found.at(at, format!("{section}.{}.name", new.key), message);
                    break;
                }
            }
        }
    }
}

fn objects<'a>(files: &'a Files, section: &'a str) -> impl Iterator<Item = &'a Entry> {
    files.compose.iter().flat_map(move |file| {
        match file.root.get(section).map(|node| &node.value) {
            Some(Value::Map(entries)) => entries.as_slice(),
            Some(Value::Scalar(_) | Value::List(_)) | None => &[],
        }
    })
}

/// The name on the engine, without the stack's where it is made from the key.
fn name(entry: &Entry) -> &str {
    entry.node.get("name").and_then(word).unwrap_or(&entry.key)
}

fn content<'a>(files: &'a Files, entry: &Entry) -> Option<&'a [u8]> {
    files.bytes(word(entry.node.get("file")?)?)
}
