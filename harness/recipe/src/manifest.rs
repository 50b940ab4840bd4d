//! `recipe.toml`: what the harness has to know about a recipe beside its files.

use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use crate::text::{Place, Source};

/// Version of the format; a reader refuses a newer one.
pub const MANIFEST_SCHEMA: u32 = 1;

/// What `recipe.toml` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// What the recipe is for, in a line.
    pub description: String,
    /// Images that are built here where their registry cannot be reached.
    pub substitutes: Vec<Substitute>,
}

/// The file as it is typed, with the places of what is looked at more closely.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestFile {
    schema: Spanned<u32>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    substitute: Vec<SubstituteFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubstituteFile {
    image: Spanned<String>,
    with: Spanned<String>,
}

/// An image that can stand for another one.
#[derive(Debug, Clone, PartialEq, Eq)]
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
        let refuse = |span: Option<Range<usize>>, message: String| ManifestError {
            place: Place::of_span(source, span),
            message,
        };
        let file: ManifestFile = toml::from_str(&source.text)
            .map_err(|error| refuse(error.span(), error.message().trim().to_owned()))?;
        let schema = *file.schema.get_ref();
        if schema != MANIFEST_SCHEMA {
            let message = format!("schema {schema} is not {MANIFEST_SCHEMA}");
            return Err(refuse(Some(file.schema.span()), message));
        }
        let mut substitutes: Vec<Substitute> = Vec::new();
        for SubstituteFile { image, with } in file.substitute {
            let tagged = |(name, tag): (&str, &str)| !name.is_empty() && !tag.is_empty();
            let name = with.get_ref();
            if !name.split_once(':').is_some_and(tagged) || name.contains(['/', ' ']) {
                let message = format!("{name:?} is not an image name and tag, as nginx:1.26");
                return Err(refuse(Some(with.span()), message));
            }
            if substitutes.iter().any(|other| other.image == *image.get_ref()) {
                let message = format!("image {:?} has two substitutes", image.get_ref());
                return Err(refuse(Some(image.span()), message));
            }
            substitutes.push(Substitute { image: image.into_inner(), with: with.into_inner() });
        }
        Ok(Self { description: file.description, substitutes })
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
