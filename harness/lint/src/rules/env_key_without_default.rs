//! Variables that an operator's settings do not have yet.

use std::collections::BTreeSet;

use cc_ci_recipe::{EnvLine, Files, Node, Value};

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::subject::Upgrade;
use crate::variables::references as references_in;

pub(super) const RULE: Rule = Rule {
    id: "C008",
    name: "env-key-without-default",
    severity: Severity::Warning,
    title: "a variable that is new in .env.sample has a default in the compose files",
    why: ".env.sample is copied once, when an app is created; an operator who upgrades does not \
          have the variable, and it is empty",
    remedy: "write ${NAME:-default} in the compose files, or name the variable in release/next and \
             raise the recipe's major version",
    check: Check::Upgrade(check),
};

/// Variables that abra writes or that every app has.
const EVERYWHERE: [&str; 6] =
    ["TYPE", "RECIPE", "DOMAIN", "LETS_ENCRYPT_ENV", "COMPOSE_FILE", "STACK_NAME"];

fn check(upgrade: &Upgrade<'_>, found: &mut Found) {
    let known: BTreeSet<&str> = lines(upgrade.old).map(|line| line.name.as_str()).collect();
    let exported: BTreeSet<&str> =
        upgrade.new.abra.iter().flatten().map(|line| line.name.as_str()).collect();
    let mut bare = BTreeSet::new();
    let mut with_default = BTreeSet::new();
    for file in &upgrade.new.compose {
        references(&file.root, &mut bare, &mut with_default);
    }
    for line in lines(upgrade.new).filter(|line| !line.commented_out) {
        let name = line.name.as_str();
        if known.contains(name) || exported.contains(name) || EVERYWHERE.contains(&name) {
            continue;
        }
        let message = if bare.contains(name) {
            format!("{name} is new and used without a default")
        } else if !with_default.contains(name) && line.value.is_empty() {
            format!("{name} is new, has no value and no compose file gives it one")
        } else {
            continue;
        };
        found.at(&line.place, name, message);
    }
}

fn lines(files: &Files) -> impl Iterator<Item = &EnvLine> {
    files.sample.iter().flatten()
}

/// Notes which variables are used as `${NAME}` and which as `${NAME:-…}`. A bare name under
/// `environment` only passes on what is set, and an app has defaults of its own.
fn references(node: &Node, bare: &mut BTreeSet<String>, with_default: &mut BTreeSet<String>) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| references(item, bare, with_default)),
        Value::Map(entries) => {
            entries.iter().for_each(|entry| references(&entry.node, bare, with_default));
        }
        Value::Scalar(scalar) => {
            for reference in references_in(&scalar.raw) {
                match reference.operator {
                    Some('-' | '+') => with_default.insert(reference.name.to_owned()),
                    _ => bare.insert(reference.name.to_owned()),
                };
            }
        }
    }
}
