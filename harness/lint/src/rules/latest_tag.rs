//! No `latest`.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "R004",
    name: "latest-tag",
    severity: Severity::Warning,
    title: "no image has the tag `latest`",
    why: "`latest` is whatever was pushed last: two deploys of one recipe version differ, and a \
          rollback brings nothing back",
    remedy: "name the release, as in nginx:1.26.3",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        if let Some((image, place)) = service.image()
            && image.tag == Some("latest")
            && !image.pinned
        {
            let message = format!("image {:?} has the tag `latest`", image.repository);
            found.at(place, service.key("image"), message);
        }
    }
}
