//! Variables without a value and without a default.

use std::collections::BTreeSet;

use cc_ci_recipe::Files;

use super::single_dollar::is_shells;
use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::subject::Subject;
use crate::variables::{each_reference, references};

pub(super) const RULE: Rule = Rule {
    id: "C032",
    name: "unset-variable",
    severity: Severity::Warning,
    title: "every variable without a default stands in .env.sample or abra.sh",
    why: "a variable that is not set is replaced by an empty text, without an error at the \
          deploy, and an operator cannot know that it exists",
    remedy: "add it to .env.sample, switched on or commented out, or write ${NAME:-default}",
    check: Check::Subject(check),
};

/// Variables that abra writes or that every app has.
const EVERYWHERE: [&str; 6] =
    ["TYPE", "RECIPE", "DOMAIN", "LETS_ENCRYPT_ENV", "COMPOSE_FILE", "STACK_NAME"];

fn check(subject: &Subject<'_>, found: &mut Found) -> Result<(), &'static str> {
    let files = subject.files;
    if files.sample.is_none() {
        return Err("there is no .env.sample");
    }
    let known = known(files);
    let mut told = BTreeSet::new();
    for file in &files.compose {
        each_reference(&file.root, &mut |path, scalar, place| {
            for reference in references(&scalar.raw) {
                let name = reference.name;
                if reference.operator.is_none()
                    && !known.contains(name)
                    && !is_shells(&file.root, &path.to_string(), &scalar.raw, name)
                    && told.insert(name.to_owned())
                {
                    found.at(
                        place,
                        path.to_string(),
                        format!("{name} is not set, so it is replaced by an empty text"),
                    );
                }
            }
        });
    }
    Ok(())
}

/// What is set, and what .env.sample offers to set.
pub(super) fn known(files: &Files) -> BTreeSet<&str> {
    let lines = files.sample.iter().chain(&files.abra).flatten();
    let lines = lines.map(|line| line.name.as_str());
    lines.chain(files.env.keys().map(String::as_str)).chain(EVERYWHERE).collect()
}
