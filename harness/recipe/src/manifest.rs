//! `recipe.toml`: what the harness has to know about a recipe beside its files.

use std::sync::Arc;

use serde::Deserialize;
use thiserror::Error;

use crate::text::{Place, Source};

/// Version of the format; a reader refuses a newer one.
pub const MANIFEST_SCHEMA: u32 = 1;

/// What `recipe.toml` says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`MANIFEST_SCHEMA`] of the writer.
    pub schema: u32,
    /// What the recipe is for, in a line.
    #[serde(default)]
    pub description: String,
    /// Images that are built here where their registry cannot be reached.
    #[serde(default, rename = "substitute")]
    pub substitutes: Vec<Substitute>,
}

/// An image that can stand for another one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Substitute {
    /// The image as the recipe names it.
    pub image: String,
    /// Folder under `recipes/images/` and tag, as `nginx:1.26`.
    pub with: String,
}

/// Why `recipe.toml` is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {message}\n{}", .place.excerpt())]
pub struct ManifestError {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub message: String,
}

impl Manifest {
    /// The image that can stand for `image`, if the manifest names one.
    #[must_use]
    pub fn substitute_for(&self, image: &str) -> Option<&str> {
        self.substitutes.iter().find(|s| s.image == image).map(|s| s.with.as_str())
    }

    pub(crate) fn read(source: &Arc<Source>) -> Result<Self, ManifestError> {
        let manifest: Self = toml::from_str(&source.text).map_err(|error| ManifestError {
            place: Place::of_span(source, error.span()),
            message: error.message().trim().to_owned(),
        })?;
        let refuse = |word: &str, message: String| {
            let at = source.text.find(word).map(|at| at..at);
            ManifestError { place: Place::of_span(source, at), message }
        };
        if manifest.schema != MANIFEST_SCHEMA {
            let message = format!("schema {} is not {MANIFEST_SCHEMA}", manifest.schema);
            return Err(refuse("schema", message));
        }
        for (index, substitute) in manifest.substitutes.iter().enumerate() {
            let with = &substitute.with;
            let tagged = with.split_once(':').is_some_and(|(n, t)| !n.is_empty() && !t.is_empty());
            if !tagged || with.contains(['/', ' ']) {
                return Err(refuse(with, format!("{with:?} is not an image name and tag")));
            }
            let image = &substitute.image;
            if manifest.substitutes[..index].iter().any(|other| other.image == *image) {
                return Err(refuse(image, format!("image {image:?} has two substitutes")));
            }
        }
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Manifest, ManifestError> {
        Manifest::read(&Source::new("recipe.toml", text))
    }

    #[test]
    fn substitutes_are_found_by_the_whole_name() {
        let text = "schema = 1\n[[substitute]]\nimage = \"nginx:1.26.3\"\nwith = \"nginx:1.26\"\n";
        let manifest = read(text).unwrap();
        assert_eq!(manifest.substitute_for("nginx:1.26.3"), Some("nginx:1.26"));
        assert_eq!(manifest.substitute_for("nginx:1.26"), None);
    }

    #[rstest::rstest]
    #[case::unknown_key("manifest_unknown_key", "schema = 1\nsubstitutes = []\n")]
    #[case::schema("manifest_schema", "# later\nschema = 2\n")]
    #[case::syntax("manifest_syntax", "schema = 1\ndescription = x\n")]
    #[case::untagged(
        "manifest_untagged",
        "schema = 1\n[[substitute]]\nimage = \"a\"\nwith = \"b\"\n"
    )]
    #[case::twice(
        "manifest_twice",
        "schema = 1\nsubstitute = [{image = \"a:1\", with = \"b:1\"}, {image = \"a:1\", with = \"b:2\"}]\n"
    )]
    fn refuses(#[case] name: &str, #[case] text: &str) {
        insta::assert_snapshot!(name, read(text).unwrap_err());
    }
}
