//! What a path on this machine is.

use std::path::{Path, PathBuf};

use cc_ci_model::{RecipeName, Version};
use cc_ci_recipe::Manifest;

use crate::{Place, Point, SourceError, label};

/// What a path on this machine is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A folder with `versions/`.
    Catalogue,
    /// A folder whose `recipe.toml` says where the versions are.
    Enrolled(Box<Manifest>, String),
    /// A git repository, by its absolute path.
    Repository(PathBuf),
    /// A folder with `compose.yml`.
    Plain,
}

/// The version of a plain folder whose compose file claims none.
const UNVERSIONED: &str = "0.0.0+unversioned";

/// What other tools call a compose file; recipes have compose.yml.
const OTHER_NAMES: [&str; 3] = ["docker-compose.yml", "docker-compose.yaml", "compose.yaml"];

/// Looks at `path`. With `wants_commit` only a repository will do.
pub(crate) fn look(path: &Path, wants_commit: bool) -> Result<Kind, SourceError> {
    let refuse =
        |reason: &str| SourceError::NoRecipe { folder: path.to_owned(), reason: reason.to_owned() };
    let real = real(path)?;
    if !real.is_dir() {
        return Err(refuse("it is not a folder"));
    }
    let has_versions = real.join("versions").is_dir();
    if has_versions && !wants_commit {
        return Ok(Kind::Catalogue);
    }
    if !has_versions
        && !is_repository(&real)
        && let Some(manifest) = Manifest::of_recipe(&real)?
        && let Some(source) = manifest.source.clone()
    {
        return Ok(Kind::Enrolled(Box::new(manifest), source));
    }
    if is_repository(&real) {
        return Ok(Kind::Repository(real));
    }
    if wants_commit {
        return Err(refuse("it is not a git repository, and only those have commits"));
    }
    if real.join("compose.yml").is_file() {
        return Ok(Kind::Plain);
    }
    if let Some(other) = OTHER_NAMES.iter().find(|name| real.join(name).is_file()) {
        return Err(refuse(&format!("its {other} would have to be called compose.yml")));
    }
    Err(refuse("it has neither compose.yml nor versions/, and is no git repository"))
}

/// A work tree, or a bare repository.
fn is_repository(folder: &Path) -> bool {
    let bare = || {
        folder.join("HEAD").is_file()
            && folder.join("objects").is_dir()
            && folder.join("refs").is_dir()
    };
    folder.join(".git").exists() || bare()
}

/// The files of a folder as they lie there.
pub(crate) fn point(folder: &Path) -> Result<Point, SourceError> {
    let path = folder.join("compose.yml");
    // A file that cannot be read is refused when the stack is planned, with the reason.
    let inside = path.canonicalize().is_ok_and(|real| real.starts_with(folder));
    let text = if inside { std::fs::read(&path).unwrap_or_default() } else { Vec::new() };
    let declared = label::declared(&String::from_utf8_lossy(&text));
    let version = declared.clone().map_or_else(|| Version::new(UNVERSIONED), Ok);
    let version = version
        .map_err(|source| cc_ci_recipe::RecipeError::Name { path: folder.to_owned(), source })?;
    Ok(Point { version, declared, place: Place::Folder(folder.to_owned()) })
}

/// The path without links and dots.
pub(crate) fn real(path: &Path) -> Result<PathBuf, SourceError> {
    path.canonicalize().map_err(|error| SourceError::NoRecipe {
        folder: path.to_owned(),
        reason: match error.kind() {
            std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
            _ => error.to_string(),
        },
    })
}

/// The name of the recipe in a folder on this machine. A folder may be called whatever its owner
/// likes; what a recipe's name cannot hold becomes a `-`.
pub(crate) fn name(real: &Path) -> Result<RecipeName, SourceError> {
    let base = base(real);
    if base.chars().any(|c| c.is_ascii_alphanumeric()) {
        return Ok(RecipeName::slug(&base));
    }
    let unfit = |source| cc_ci_recipe::RecipeError::Name { path: real.to_owned(), source };
    Ok(RecipeName::new(base).map_err(unfit)?)
}

/// The last piece of a path, without `.git`.
pub(crate) fn base(real: &Path) -> String {
    let name = real.file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.strip_suffix(".git").map(str::to_owned).unwrap_or(name)
}
