//! The recipe's version, as deployed stacks carry it.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;
use crate::subject::Subject;

pub(super) const RULE: Rule = Rule {
    id: "C020",
    name: "version-label",
    severity: Severity::Warning,
    title: "the service `app` carries the recipe's version",
    why: "abra and every upgrade read from coop-cloud.${STACK_NAME}.version what is deployed; \
          without it the versions cannot be told apart",
    remedy: "write it with `abra recipe sync`; it is the same as the tag",
    check: Check::Subject(check),
};

fn check(subject: &Subject<'_>, found: &mut Found) -> Result<(), &'static str> {
    let stack = Stack::of(subject.files).ok_or("the compose files cannot be read")?;
    let app = stack.services().find(|service| service.name() == "app");
    let app = app.ok_or("no service is called `app`")?;
    let name = subject.files.env.get("STACK_NAME").map(String::as_str).unwrap_or_default();
    let name = format!("coop-cloud.{name}.version");
    let key = app.key("deploy.labels.coop-cloud.${STACK_NAME}.version");
    match (app.label(&name), subject.version) {
        (None, _) => found.at(app.place(), key, "the label is missing"),
        (Some(label), _) if label.value.is_empty() => {
            found.at(label.place, key, "the label is empty");
        }
        (Some(label), Some(version)) if label.value != version => {
            let message = format!("the label says {}, the version is {version}", label.value);
            found.at(label.place, key, message);
        }
        (Some(_), _) => {}
    }
    Ok(())
}
