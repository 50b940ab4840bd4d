//! `image.toml`: which tags an image has and what they are built from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{ImageError, Release};

/// The manifest's name in an image's folder.
pub(super) const FILE: &str = "image.toml";
/// The only schema so far.
const SCHEMA: u32 = 1;

/// An image's manifest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    schema: u32,
    /// One line for a reader.
    pub(super) description: String,
    /// One entry for each tag.
    #[serde(rename = "build")]
    pub(super) builds: Vec<Build>,
}

/// One tag of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Build {
    /// The tag.
    pub(super) tag: String,
    /// The release that it stands on.
    pub(super) base: Release,
    /// Build arguments.
    #[serde(default)]
    pub(super) args: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads and checks the manifest at `path`.
    pub(super) fn load(path: &Path) -> Result<Self, ImageError> {
        let text = std::fs::read_to_string(path).map_err(ImageError::read(path))?;
        Self::parse(&text).map_err(|(line, message)| ImageError::Manifest {
            path: path.to_owned(),
            line,
            message,
        })
    }

    fn parse(text: &str) -> Result<Self, (usize, String)> {
        let manifest: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            (line(text, at), error.message().to_owned())
        })?;
        if manifest.schema != SCHEMA {
            let message = format!("schema {} is unknown, expected {SCHEMA}", manifest.schema);
            return Err((find(text, "schema", 0), message));
        }
        if manifest.builds.is_empty() {
            return Err((1, "expected at least one [[build]]".to_owned()));
        }
        let mut seen = BTreeSet::new();
        for (index, build) in manifest.builds.iter().enumerate() {
            let message = if !is_tag(&build.tag) {
                format!("tag `{}` is not a tag: expected letters, digits, `.`, `_`, `-`", build.tag)
            } else if !seen.insert(&build.tag) {
                format!("tag `{}` is there twice", build.tag)
            } else if build.args.contains_key("BASE") {
                "argument BASE is set by `base`, not by `args`".to_owned()
            } else {
                continue;
            };
            return Err((find(text, "tag", index), message));
        }
        Ok(manifest)
    }
}

/// The engine's own rule for tags.
fn is_tag(tag: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128
        && tag.starts_with(plain)
        && tag.chars().all(|c| plain(c) || c == '.' || c == '-')
}

fn line(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// The line on which the key stands for the `nth` time.
fn find(text: &str, key: &str, nth: usize) -> usize {
    let has = |line: &&str| {
        line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    let numbered = text.lines().enumerate().filter(|(_, line)| has(line));
    numbered.map(|(number, _)| number + 1).nth(nth).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const HEAD: &str = "schema = 1\ndescription = \"x\"\n";

    #[test]
    fn reads_a_manifest() {
        let text = format!(
            "{HEAD}[[build]]\ntag = \"1.22\"\nbase = \"bookworm\"\nargs = {{ A = \"b\" }}\n\
             [[build]]\ntag = \"1.26\"\nbase = \"trixie\"\n"
        );
        let manifest = Manifest::parse(&text).unwrap();
        let told: Vec<_> =
            manifest.builds.iter().map(|b| (b.tag.as_str(), b.base, b.args.len())).collect();
        assert_eq!(told, [("1.22", Release::Bookworm, 1), ("1.26", Release::Trixie, 0)]);
    }

    #[rstest]
    #[case::unknown_key(
        "[[build]]\ntag = \"1\"\nbase = \"trixie\"\nbsae = \"x\"\n",
        6,
        "unknown field `bsae`"
    )]
    #[case::unknown_base("[[build]]\ntag = \"1\"\nbase = \"sid\"\n", 5, "unknown variant `sid`")]
    #[case::no_build("build = []\n", 1, "at least one [[build]]")]
    #[case::bad_tag("[[build]]\ntag = \"a b\"\nbase = \"trixie\"\n", 4, "`a b` is not a tag")]
    #[case::own_base(
        "[[build]]\ntag = \"1\"\nbase = \"trixie\"\nargs = { BASE = \"x\" }\n",
        4,
        "BASE is set by"
    )]
    #[case::twice(
        "[[build]]\ntag = \"1\"\nbase = \"trixie\"\n[[build]]\ntag = \"1\"\nbase = \"trixie\"\n",
        7,
        "tag `1` is there twice"
    )]
    #[case::not_toml("[[build]\n", 3, "")]
    fn names_the_line(#[case] body: &str, #[case] line: usize, #[case] message: &str) {
        let error = Manifest::parse(&format!("{HEAD}{body}")).unwrap_err();
        assert!(error.0 == line && error.1.contains(message), "{error:?}");
    }

    #[test]
    fn another_schema_is_refused() {
        let text = "description = \"x\"\nschema = 2\nbuild = []\n";
        assert_eq!(
            Manifest::parse(text).unwrap_err(),
            (2, "schema 2 is unknown, expected 1".into())
        );
    }
}
