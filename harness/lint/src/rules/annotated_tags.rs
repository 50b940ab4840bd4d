//! Annotated tags.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "R014",
    name: "annotated-tags",
    severity: Severity::Error,
    title: "versions are annotated tags",
    why: "abra refuses to deploy a version whose tag is lightweight",
    remedy: "make the tag again with `git tag -a`, or release with `abra recipe release`",
    check: Check::Subject(check),
};

fn check(subject: &Subject<'_>, found: &mut Found) -> Result<(), &'static str> {
    let tags = subject.tags.ok_or("there is no git repository")?;
    for tag in tags.iter().filter(|tag| !tag.annotated) {
        found.recipe(format!("tag {} is lightweight", tag.name));
    }
    Ok(())
}
