//! Finds recipes by name or path.

use std::path::{Path, PathBuf};

use cc_ci_recipe::{Recipe, RecipeError, nearest};

use crate::error::{CliError, Kind};
use crate::settings::Settings;

/// What was typed as RECIPE[@VERSION].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// A name, or a path.
    pub(crate) recipe: String,
    /// The version, if one was named.
    pub(crate) version: Option<String>,
}

impl Asked {
    /// A path may hold an `@`, so only what follows the last slash can be a version.
    pub(crate) fn parse(text: &str) -> Self {
        let name_starts = text.rfind('/').map_or(0, |slash| slash + 1);
        match text[name_starts..].split_once('@') {
            Some((name, version)) => Self {
                recipe: format!("{}{name}", &text[..name_starts]),
                version: Some(version.to_owned()),
            },
            None => Self { recipe: text.to_owned(), version: None },
        }
    }

    fn is_path(&self) -> bool {
        self.recipe.contains('/') || self.recipe.starts_with('.')
    }

    /// Opens the recipe.
    pub(crate) fn open(&self, settings: &Settings) -> Result<Recipe, CliError> {
        if ["http://", "https://", "git@", "ssh://"].iter().any(|p| self.recipe.starts_with(p)) {
            let message = format!("{} is a git URL, which cannot be read yet", self.recipe);
            return Err(CliError::message(Kind::Usage, message)
                .hint("clone it and give the path of the clone"));
        }
        if self.is_path() {
            return Recipe::open(Path::new(&self.recipe)).map_err(unreadable);
        }
        let folder = recipes(settings)?.join(&self.recipe);
        if folder.is_dir() && is_recipe(&folder) {
            return Recipe::open(&folder).map_err(unreadable);
        }
        let names = names(settings)?;
        let mut error =
            CliError::message(Kind::Usage, format!("there is no recipe {:?}", self.recipe));
        if let Some(near) = nearest(&self.recipe, names.iter().map(String::as_str)) {
            error = error.hint(format!("did you mean {near}?"));
        }
        Err(error.hint(format!("recipes here: {}; a path works too", names.join(", "))))
    }
}

/// Why a folder is no recipe, with what one is where the reason does not say so itself.
fn unreadable(error: RecipeError) -> CliError {
    let error = CliError::usage(error);
    if error.words().hints.is_empty() {
        return error.hint("a recipe has recipe.toml and versions/<version>/compose.yml");
    }
    error
}

/// The names of the bundled recipes, sorted.
pub(crate) fn names(settings: &Settings) -> Result<Vec<String>, CliError> {
    let folder = recipes(settings)?;
    let entries = std::fs::read_dir(&folder).map_err(|error| {
        CliError::usage(anyhow::Error::new(error).context(format!("read {}", folder.display())))
    })?;
    let mut names: Vec<_> = entries
        .flatten()
        .filter(|entry| is_recipe(&entry.path()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

fn recipes(settings: &Settings) -> Result<PathBuf, CliError> {
    Ok(settings.root()?.join("recipes"))
}

/// `recipes/images` is no recipe; neither is a stray file.
fn is_recipe(folder: &Path) -> bool {
    folder.join("versions").is_dir() || folder.join("recipe.toml").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("mumble", "mumble", None)]
    #[case("mumble@0.2.0+1.5.735", "mumble", Some("0.2.0+1.5.735"))]
    #[case("./a@b/mumble", "./a@b/mumble", None)]
    #[case("../x/mumble@1", "../x/mumble", Some("1"))]
    fn what_was_typed_is_taken_apart(
        #[case] text: &str,
        #[case] recipe: &str,
        #[case] version: Option<&str>,
    ) {
        let (recipe, version) = (recipe.to_owned(), version.map(str::to_owned));
        assert_eq!(Asked::parse(text), Asked { recipe, version });
    }
}
