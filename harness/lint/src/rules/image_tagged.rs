//! A tag for every image.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "R003",
    name: "image-tagged",
    severity: Severity::Warning,
    title: "every image has a tag",
    why: "without a tag the registry's `latest` is deployed, which is another image every time",
    remedy: "name the release, as in nginx:1.26.3",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        if let Some((image, place)) = service.image()
            && image.tag.is_none()
            && !image.pinned
        {
            let message = format!("image {:?} has no tag", image.repository);
            found.at(place, service.key("image"), message);
        }
    }
}
