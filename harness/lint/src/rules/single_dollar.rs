//! One `$` where two are meant.

use cc_ci_recipe::{Files, Node, Value};

use super::unset_variable::known;
use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::variables::{each_reference, references};

pub(super) const RULE: Rule = Rule {
    id: "C033",
    name: "single-dollar",
    severity: Severity::Error,
    title: "a `$` that is meant for the container is written `$$`",
    why: "compose replaces `$NAME` before anything runs: a health check, a hook or a command asks \
          for an empty name, and a password hash loses its parts",
    remedy: "write $$ for every $ that the container shall see",
    check: Check::Files(check),
};

/// Variables of every shell.
const OF_SHELLS: [&str; 8] =
    ["HOME", "PATH", "PWD", "HOSTNAME", "USER", "PGDATA", "SHELL", "RANDOM"];

fn check(files: &Files, found: &mut Found) {
    let known = known(files);
    for file in &files.compose {
        each_reference(&file.root, &mut |path, scalar, place| {
            let meant = references(&scalar.raw).into_iter().find(|reference| {
                reference.operator.is_none()
                    && !known.contains(reference.name)
                    && is_shells(&file.root, &path.to_string(), &scalar.raw, reference.name)
            });
            if let Some(reference) = meant {
                let name = reference.name;
                let message =
                    format!("${name} is replaced by nothing before the container sees it");
                found.at(place, path.to_string(), message);
            }
        });
    }
}

/// True where a variable that is not set is meant for the container: in a health check, in a hook,
/// in a password hash, and in a command where the service has such a variable or every shell has.
pub(super) fn is_shells(root: &Node, path: &str, raw: &str, name: &str) -> bool {
    let Some(rest) = path.strip_prefix("services.") else { return false };
    let Some((service, node)) = service_of(root, rest) else { return false };
    let keys = &rest[service.len()..];
    let label = if keys.starts_with(".deploy.labels[") {
        raw.split('=').next().unwrap_or_default()
    } else {
        keys.strip_prefix(".deploy.labels.").unwrap_or_default()
    };
    let hook = label.starts_with("backupbot.") && label.ends_with("-hook");
    let hash = label.to_ascii_lowercase().ends_with("basicauth.users") || raw.contains("$apr1$");
    if keys.starts_with(".healthcheck.test") || hook || hash {
        return true;
    }
    let command = [".command", ".entrypoint"].iter().any(|key| keys.starts_with(key));
    command && (OF_SHELLS.contains(&name) || environment(node).any(|own| own == name))
}

/// The service whose name `rest` begins with.
fn service_of<'a>(root: &'a Node, rest: &str) -> Option<(&'a str, &'a Node)> {
    let Value::Map(services) = &root.get("services")?.value else { return None };
    let begins =
        |name: &str| rest.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', '[']));
    let entry = services.iter().find(|entry| begins(&entry.key))?;
    Some((&entry.key, &entry.node))
}

/// The names in the service's environment, in either form.
fn environment(service: &Node) -> impl Iterator<Item = &str> {
    let (items, entries): (&[Node], &[cc_ci_recipe::Entry]) =
        match service.get("environment").map(|node| &node.value) {
            Some(Value::List(items)) => (items, &[]),
            Some(Value::Map(entries)) => (&[], entries),
            Some(Value::Scalar(_)) | None => (&[], &[]),
        };
    let listed = items.iter().filter_map(|item| match &item.value {
        Value::Scalar(scalar) => scalar.text.split('=').next(),
        Value::List(_) | Value::Map(_) => None,
    });
    listed.chain(entries.iter().map(|entry| &*entry.key))
}
