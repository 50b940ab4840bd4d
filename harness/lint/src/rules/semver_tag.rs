//! Tags that can be compared.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "R005",
    name: "semver-tag",
    severity: Severity::Warning,
    title: "tags look like versions",
    why: "tools that propose upgrades compare tags as versions and cannot order words",
    remedy: "use the image's version tag, as in 1.26.3 or v1.26.3-alpine",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        let Some((image, place)) = service.image() else { continue };
        // R004 reports `latest`, and one report of one tag is enough.
        if let Some(tag) = image.tag.filter(|tag| *tag != "latest" && !is_version(tag))
            && !image.pinned
        {
            let message = format!("tag {tag:?} of image {:?} is no version", image.repository);
            found.at(place, service.key("image"), message);
        }
    }
}

/// An optional `v`, then a number: what abra's tagcmp begins to read as a version.
fn is_version(tag: &str) -> bool {
    let number = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
    let digits = number.chars().take_while(char::is_ascii_digit).count();
    digits > 0 && number[digits..].chars().next().is_none_or(|c| ".-_+".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("1.26.3", true)]
    #[case("v2.4.8", true)]
    #[case("17-3.5", true)]
    #[case("8.0-fpm-alpine3.13", true)]
    #[case("testing", false)]
    #[case("version-1", false)]
    #[case("3fa9c01", false)]
    fn versions(#[case] tag: &str, #[case] expected: bool) {
        assert_eq!(is_version(tag), expected);
    }
}
