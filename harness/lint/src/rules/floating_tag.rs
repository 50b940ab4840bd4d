//! Tags that move.

use crate::finding::Found;
use crate::image::Image;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "C010",
    name: "floating-tag",
    severity: Severity::Warning,
    title: "tags name one release",
    why: "a tag such as `0.4` or `stable` is pushed again with every release: the recipe did not \
          change and what it deploys did, so an upgrade that worked yesterday may break today",
    remedy: "name the whole version, as in 0.4.219, or pin the digest",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.services() {
        let Some((image, place)) = service.image() else { continue };
        if let Some(tag) = image.tag.filter(|tag| *tag != "latest" && floats(&image, tag))
            && !image.pinned
        {
            let message = format!("tag {tag:?} of image {:?} moves", image.repository);
            found.at(place, service.key("image"), message);
        }
    }
}

/// Words that are known to be pushed again and again. Other words may be a release's name.
const WORDS: [&str; 16] = [
    "stable",
    "testing",
    "unstable",
    "edge",
    "nightly",
    "main",
    "master",
    "develop",
    "dev",
    "release",
    "lts",
    "next",
    "current",
    "beta",
    "alpha",
    "production",
];

/// Projects whose releases have two numbers.
const TWO_NUMBERS: [&str; 3] = ["postgres", "pgvector", "postgrest"];

/// A number has to have three parts (two where the project has no more), up to the first `-`.
fn floats(image: &Image<'_>, tag: &str) -> bool {
    let main = tag.split(['-', '_', '+']).next().unwrap_or(tag);
    if WORDS.contains(&main) {
        return true;
    }
    let numbers = main.strip_prefix(['v', 'V']).unwrap_or(main);
    if !numbers.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    if !numbers.chars().all(|c| c.is_ascii_digit() || c == '.') {
        // `2022a`, a commit, a date with letters: a name of its own.
        return false;
    }
    // A date or a build number is not pushed twice.
    if numbers.len() >= 6 && !numbers.contains('.') {
        return false;
    }
    let parts = numbers.split('.').count();
    parts < if TWO_NUMBERS.contains(&image.base) { 2 } else { 3 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("pds:0.4", true)]
    #[case("pds:0.4.219", false)]
    #[case("postgres:15", true)]
    #[case("postgres:15.4-alpine", false)]
    #[case("mariadb:10.6", true)]
    #[case("php:8.0-fpm-alpine3.13", true)]
    #[case("a:testing", true)]
    #[case("a:v1.7.4", false)]
    #[case("a:20240115", false)]
    #[case("a:3fa9c01", false)]
    #[case("a:bullseye", false)]
    #[case("collabora/code:25.04.9.4.1", false)]
    fn moving(#[case] name: &str, #[case] expected: bool) {
        let image = Image::of(name);
        assert_eq!(floats(&image, image.tag.unwrap()), expected);
    }
}
