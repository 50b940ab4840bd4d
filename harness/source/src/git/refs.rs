//! What a repository publishes, as it was when it was fetched.

use std::collections::{BTreeMap, BTreeSet};

use cc_ci_model::Version;
use cc_ci_recipe::compare_versions;

use crate::{Commit, Place, Point, Warning};

/// The tags and branches of a repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Refs {
    /// Version tags, oldest version first.
    pub(crate) versions: Vec<Point>,
    /// Every tag that leads to a commit.
    pub(crate) tags: BTreeMap<String, Commit>,
    /// Branches.
    pub(crate) branches: BTreeMap<String, Commit>,
    /// The tip of the default branch.
    pub(crate) main: Option<Commit>,
    /// What is worth saying about the tags.
    pub(crate) warnings: Vec<Warning>,
}

/// The name under which the mirror keeps the remote's `HEAD`.
pub(super) const MAIN: &str = "refs/cc-ci/HEAD";

/// One line of `for-each-ref`, and where it leads when tags are followed.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    /// `tag` for an annotated tag, `commit` for a branch or a lightweight tag.
    pub(super) kind: &'a str,
    /// The commit in the end, if it is one.
    pub(super) commit: Option<Commit>,
}

impl Refs {
    pub(super) fn of(lines: &[Line<'_>]) -> Self {
        let mut refs = Self::default();
        let (mut light, mut other) = (BTreeSet::new(), BTreeSet::new());
        for line in lines {
            let tag = line.name.strip_prefix("refs/tags/");
            let Some(commit) = line.commit.clone() else {
                other.extend(tag.map(str::to_owned));
                continue;
            };
            if line.name == MAIN {
                refs.main = Some(commit);
            } else if let Some(branch) = line.name.strip_prefix("refs/heads/") {
                refs.branches.insert(branch.to_owned(), commit);
            } else if let Some(tag) = tag {
                refs.tags.insert(tag.to_owned(), commit.clone());
                let Some(version) = version(tag) else {
                    other.insert(tag.to_owned());
                    continue;
                };
                let annotated = line.kind == "tag";
                if !annotated {
                    light.insert(tag.to_owned());
                }
                let place = Place::Tag { commit, annotated };
                refs.versions.push(Point { declared: Some(version.clone()), version, place });
            }
        }
        refs.versions.sort_by(|a, b| compare_versions(a.version.as_str(), b.version.as_str()));
        let list = |tags: BTreeSet<String>| tags.into_iter().collect::<Vec<_>>();
        if !light.is_empty() {
            refs.warnings.push(Warning::LightweightTags { tags: list(light) });
        }
        if !other.is_empty() {
            refs.warnings.push(Warning::OtherTags { tags: list(other) });
        }
        if refs.versions.is_empty() {
            refs.warnings.push(Warning::NoTags);
        }
        refs
    }

    /// The newest version that is tagged at `commit`.
    pub(crate) fn tagged(&self, commit: &Commit) -> Option<&Point> {
        self.versions.iter().rev().find(|point| point.commit() == Some(commit))
    }
}

/// A tag is a version if it begins as one: `1.0.0+2`, `v1.0.3`. `latest` and `backup-2023` are not.
fn version(tag: &str) -> Option<Version> {
    let digits = tag.strip_prefix('v').unwrap_or(tag);
    let begins = digits.starts_with(|c: char| c.is_ascii_digit());
    begins.then(|| Version::new(tag).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(digit: char) -> Commit {
        Commit::new(digit.to_string().repeat(40)).unwrap()
    }

    fn line(name: &'static str, kind: &'static str, digit: char) -> Line<'static> {
        Line { name, kind, commit: (digit != '-').then(|| commit(digit)) }
    }

    #[test]
    fn tags_are_sorted_into_versions_and_others() {
        let refs = Refs::of(&[
            line("refs/tags/1.10.0+2", "tag", 'b'),
            line("refs/tags/1.9.0+2", "commit", 'a'),
            line("refs/tags/v0.1.0", "tag", 'c'),
            line("refs/tags/latest", "tag", 'b'),
            line("refs/tags/2.0.0+1", "blob", '-'),
            line("refs/heads/main", "commit", 'd'),
            line(MAIN, "commit", 'd'),
        ]);
        let versions: Vec<_> = refs.versions.iter().map(|p| p.version.as_str()).collect();
        assert_eq!(versions, ["v0.1.0", "1.9.0+2", "1.10.0+2"]);
        assert_eq!(refs.main, Some(commit('d')));
        assert_eq!(refs.branches["main"], commit('d'));
        assert_eq!(refs.tags["latest"], commit('b'));
        assert_eq!(refs.tagged(&commit('a')).unwrap().version.as_str(), "1.9.0+2");
        assert_eq!(refs.tagged(&commit('d')), None);
        let words: Vec<_> = refs.warnings.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(words.join("\n"), @r"
        lightweight tags are taken as versions: 1.9.0+2; an annotated tag says who published it and when, `git tag -a`
        tags that are no versions are left out: 2.0.0+1, latest
        ");
    }

    #[test]
    fn no_tags_at_all_is_said() {
        let refs = Refs::of(&[line("refs/heads/main", "commit", 'a')]);
        assert_eq!(refs.warnings, [Warning::NoTags]);
    }
}
