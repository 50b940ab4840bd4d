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
    for service in stack.changed_services() {
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

/// A number has to have three parts (two where the project has no more), up to the first `-`. What
/// names one release in a later part (a date, a build, a commit, a whole version) is enough, too.
fn floats(image: &Image<'_>, tag: &str) -> bool {
    let mut parts = tag.split(['-', '+']);
    let main = parts.next().unwrap_or(tag);
    let later: Vec<&str> = parts.flat_map(|part| part.split('_')).collect();
    let is_date = |parts: &[&str]| parts.iter().take(2).all(|part| is_number(part));
    if later.iter().any(|part| names_one_build(part))
        || (main.len() == 4 && is_number(main) && later.len() > 1 && is_date(&later))
    {
        return false;
    }
    if WORDS.contains(&main) {
        let numbered = |part: &&str| is_number(part) && part.len() >= 3 || numbers(part) >= 2;
        return !later.iter().any(numbered);
    }
    let numbers_of = main.strip_prefix(['v', 'V']).unwrap_or(main).replace('_', ".");
    let count = numbers(&numbers_of);
    if count == 0 {
        // `2022a`, a commit, a date with letters: a name of its own.
        return false;
    }
    // A date or a build number is not pushed twice.
    if count == 1 && numbers_of.len() >= 6 {
        return false;
    }
    // Projects that release `v1.11` or `10.07` have no third number, with few exceptions.
    let padded = numbers_of.split('.').skip(1).any(|n| n.len() > 1 && n.starts_with('0'));
    let two = main.starts_with(['v', 'V']) && !MOVES_TWO.contains(&image.base) || padded;
    count < if two || TWO_NUMBERS.contains(&image.base) { 2 } else { 3 }
}

/// Projects that move `v1.2` with every `v1.2.3`.
const MOVES_TWO: [&str; 2] = ["traefik", "whoami"];

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_ascii_digit())
}

/// How many numbers with dots between them `part` is; 0 where it is anything else.
fn numbers(part: &str) -> usize {
    let part = part.strip_prefix(['v', 'V']).unwrap_or(part);
    if part.split('.').all(is_number) { part.split('.').count() } else { 0 }
}

/// True for what is not pushed twice: a date or build number, a commit, a version with three
/// numbers, or the number of a candidate, a patch or a rebuild.
fn names_one_build(part: &str) -> bool {
    const COUNTED: [&str; 8] = ["rc", "beta", "alpha", "pre", "ls", "build", "patch", "r"];
    let counted = COUNTED.iter().any(|word| {
        part.strip_prefix(word).is_some_and(|rest| is_number(rest.trim_start_matches('.')))
    });
    let hash = part.strip_prefix('g').unwrap_or(part);
    let commit = (7..=40).contains(&hash.len())
        && hash.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
        && hash.contains(|c: char| c.is_ascii_digit());
    counted || commit || (is_number(part) && part.len() >= 6) || numbers(part) >= 3
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
    #[case::build_of_a_branch("a:stable-11031", false)]
    #[case::build_with_a_rebuild("jvb:stable-10184-1", false)]
    #[case::commit_of_a_branch("a:main-1b1e47f", false)]
    #[case::version_behind_a_word("a:release-1.43.0", false)]
    #[case::two_numbers_behind_a_word("a:release-1.43", false)]
    #[case::dated_build("a:4-apache-202404070904", false)]
    #[case::underscores("a:v12_24_0", false)]
    #[case::release_of_two_numbers("a:v1.11", false)]
    #[case::padded("a:v10.07", false)]
    #[case::padded_bare("a:10.07", false)]
    #[case::nightly_of_a_day("a:nightly-20240407", false)]
    #[case::day("a:2024-04-07", false)]
    #[case::candidate("a:1.2-rc1", false)]
    #[case::rebuild("a:1.2-debian-12-r3", false)]
    #[case::linuxserver("a:1.2-ls45", false)]
    #[case::branch_and_system("a:stable-alpine3.18", true)]
    #[case::branch_and_major("a:lts-20", true)]
    #[case::branch_and_flavour("a:main-slim", true)]
    #[case::major("a:v2", true)]
    #[case::traefik_moves_two("traefik:v3.1", true)]
    #[case::year_and_month("home-assistant:2024.1", true)]
    #[case::system("a:1.24-ubuntu22.04", true)]
    fn moving(#[case] name: &str, #[case] expected: bool) {
        let image = Image::of(name);
        assert_eq!(floats(&image, image.tag.unwrap()), expected);
    }
}
