//! Quotes that become part of a value.

use cc_ci_recipe::{Files, Node, Value};

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};

pub(super) const RULE: Rule = Rule {
    id: "C031",
    name: "quoted-value",
    severity: Severity::Error,
    title: "no quotes stand around a value inside of a list item",
    why: "in `- NAME=\"value\"` YAML takes the quotes for text: the app gets them with the path, \
          number or truth value and finds no such thing",
    remedy: "write - NAME=value, or put the quotes around the whole item",
    check: Check::Files(check),
};

/// Prefixes of labels whose readers take quotes for a part of the value.
const READERS: [&str; 3] = ["backupbot.", "traefik.", "coop-cloud."];

fn check(files: &Files, found: &mut Found) {
    for file in &files.compose {
        let Some(Value::Map(services)) = file.root.get("services").map(|node| &node.value) else {
            continue;
        };
        for entry in services.iter() {
            let deploy = entry.node.get("deploy");
            for (section, node) in [
                ("environment", entry.node.get("environment")),
                ("deploy.labels", deploy.and_then(|deploy| deploy.get("labels"))),
            ] {
                for (name, value, item) in items(node) {
                    let Some(inner) = unquoted(value) else { continue };
                    let harms = match section {
                        "environment" => is_exact(name, inner),
                        _ => {
                            READERS.iter().any(|r| name.starts_with(r))
                                && !name.contains(".headers.")
                        }
                    };
                    if harms {
                        let key = format!("services.{}.{section}.{name}", entry.key);
                        found.at(
                            &item.place,
                            key,
                            format!("the quotes in {name}={value} are part of the value"),
                        );
                    }
                }
            }
        }
    }
}

/// The `NAME=value` items of a list, as they were written.
fn items(node: Option<&Node>) -> impl Iterator<Item = (&str, &str, &Node)> {
    let items = match node.map(|node| &node.value) {
        Some(Value::List(items)) => items.as_slice(),
        Some(Value::Scalar(_) | Value::Map(_)) | None => &[],
    };
    items.iter().filter_map(|item| match &item.value {
        Value::Scalar(scalar) => {
            let (name, value) = scalar.raw.split_once('=')?;
            Some((name, value, item))
        }
        Value::List(_) | Value::Map(_) => None,
    })
}

fn unquoted(value: &str) -> Option<&str> {
    ['"', '\''].iter().find_map(|quote| {
        let inner = value.strip_prefix(*quote)?.strip_suffix(*quote)?;
        (!inner.contains(*quote)).then_some(inner)
    })
}

/// True for a value that counts to the letter: a path, an address, a number or a truth value.
/// Elsewhere quotes may be meant, or do no harm.
fn is_exact(name: &str, inner: &str) -> bool {
    let names = ["_FILE", "_PATH", "_DIR", "_HOST", "_PORT", "_URL", "_URI"];
    let word = !inner.contains(char::is_whitespace) && !inner.is_empty();
    word && (names.iter().any(|end| name.ends_with(end))
        || inner.starts_with('/')
        || inner.contains("://")
        || inner.parse::<f64>().is_ok()
        || ["true", "false"].contains(&inner))
}
