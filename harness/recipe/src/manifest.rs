//! `recipe.toml`: what the harness has to know about a recipe beside its files.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use crate::RecipeError;
use crate::recipe::defect;
use crate::text::{Place, Source};

/// Version of the format; a reader refuses a newer one.
pub const MANIFEST_SCHEMA: u32 = 1;

/// The name of the file.
const FILE: &str = "recipe.toml";

/// What `recipe.toml` says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// What the recipe is for, in a line.
    pub description: String,
    /// Where its versions come from when they do not lie beside the file: a git URL, or a path
    /// relative to the file.
    pub source: Option<String>,
    /// What the recipe may do on the node beyond running its containers, one power each.
    pub grants: Vec<Granted>,
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
    source: Option<String>,
    #[serde(default)]
    policy: PolicyFile,
    #[serde(default)]
    substitute: Vec<SubstituteFile>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    #[serde(default)]
    grant: Vec<Spanned<String>>,
}

/// One power that `recipe.toml` grants, not parsed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The power, as typed.
    pub text: String,
    /// Where it stands.
    pub place: Place,
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

    /// The part that holds for a recipe of the same name whose files come from elsewhere: the description and
    /// the substitutes of images. Powers over the node are not part of it, since any recipe can have this name.
    #[must_use]
    pub fn lent(self) -> Self {
        let Self { description, source: _, grants: _, substitutes } = self;
        Self { description, source: None, grants: Vec::new(), substitutes }
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// It cannot be read, or what it says is refused.
    pub fn open(path: &Path) -> Result<Self, RecipeError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| RecipeError::File { path: path.to_owned(), defect: defect(&error) })?;
        Ok(Self::read(&Source::new(path.display().to_string(), text))?)
    }

    /// Reads the `recipe.toml` of the recipe in `folder`; `None` where it has none. A link that leads
    /// out of the folder is refused: an error message would show what it leads to.
    ///
    /// # Errors
    /// It cannot be read, or what it says is refused.
    pub fn of_recipe(folder: &Path) -> Result<Option<Self>, RecipeError> {
        match crate::resolve::source(folder, FILE)? {
            Some(source) => Ok(Some(Self::read(&source)?)),
            None => Ok(None),
        }
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
        let granted = |text: Spanned<String>| Granted {
            place: Place::of_span(source, Some(text.span())),
            text: text.into_inner(),
        };
        Ok(Self {
            description: file.description,
            source: file.source,
            grants: file.policy.grant.into_iter().map(granted).collect(),
            substitutes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileDefect;

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

    #[test]
    fn grants_keep_their_places() {
        let text =
            "schema = 1\nsource = \"https://a.test/b\"\n[policy]\ngrant = [\n  \"a\", \"b\"]\n";
        let manifest = read(text).unwrap();
        assert_eq!(manifest.source.as_deref(), Some("https://a.test/b"));
        let grants: Vec<_> =
            manifest.grants.iter().map(|g| (g.text.as_str(), g.place.to_string())).collect();
        let at = |place: &str| format!("recipe.toml:{place}");
        assert_eq!(grants, [("a", at("5:3")), ("b", at("5:8"))]);
    }

    #[test]
    fn powers_are_not_lent() {
        let text = "schema = 1\ndescription = \"x\"\nsource = \"https://a.test/b\"\n\
                    substitute = [{image = \"a:1\", with = \"b:1\"}]\n\
                    [policy]\ngrant = [\"cap:KILL\"]\n";
        let lent = read(text).unwrap().lent();
        assert!(lent.grants.is_empty() && lent.source.is_none());
        assert_eq!((lent.description.as_str(), lent.substitute_for("a:1")), ("x", Some("b:1")));
    }

    #[test]
    fn a_link_out_of_the_recipe_is_not_read() {
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert_eq!(Manifest::of_recipe(folder.path()).unwrap(), None);
        std::fs::write(outside.path().join("secret"), "root:hush\n").unwrap();
        let link = folder.path().join("recipe.toml");
        std::os::unix::fs::symlink(outside.path().join("secret"), link).unwrap();
        let error = Manifest::of_recipe(folder.path()).unwrap_err().to_string();
        assert!(error.contains("symbolic link that leaves") && !error.contains("hush"), "{error}");
    }

    #[test]
    fn a_file_is_opened_or_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recipe.toml");
        let missing = Manifest::open(&path).unwrap_err();
        assert!(matches!(missing, RecipeError::File { defect: FileDefect::Missing, .. }));
        std::fs::write(&path, "schema = 1\ndescription = \"x\"\n").unwrap();
        assert_eq!(Manifest::open(&path).unwrap().description, "x");
    }

    #[rstest::rstest]
    #[case::unknown_policy("manifest_policy", "schema = 1\n[policy]\ngrants = []\n")]
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
