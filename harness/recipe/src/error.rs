//! Why a recipe cannot be read.

use std::path::PathBuf;

use cc_ci_model::{IdError, Owner};
use thiserror::Error;

use crate::{EnvError, ManifestError, Problem};

/// What is wrong with a file or folder as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FileDefect {
    /// It is not there.
    #[error("does not exist")]
    Missing,
    /// It cannot be used for another reason.
    #[error("{0}")]
    Unusable(String),
    /// The system does not let the harness read it. The machine is at fault, not the recipe.
    #[error("cannot be read: {0}")]
    Unread(String),
}

/// Why a recipe cannot be read; [`RecipeError::owner`] says who must act.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecipeError {
    /// The folder is not a recipe's.
    #[error("{} is not a recipe: {defect}\n  hint: a recipe has recipe.toml and versions/<version>/compose.yml", .folder.display())]
    NotRecipe {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        defect: FileDefect,
    },
    /// The name of the folder or of a version is not valid.
    #[error("{}: {source}", .path.display())]
    Name {
        /// The folder.
        path: PathBuf,
        /// What is wrong.
        source: IdError,
    },
    /// A file that the recipe needs cannot be used.
    #[error("{} {defect}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        defect: FileDefect,
    },
    /// No version fits what was asked for.
    #[error("recipe {recipe} has no version {wanted:?}{}\n  hint: it has {}", near_words(.near), .known.join(", "))]
    UnknownVersion {
        /// The recipe.
        recipe: String,
        /// What was asked for.
        wanted: String,
        /// The versions that were probably meant.
        near: Vec<String>,
        /// All versions, oldest first.
        known: Vec<String>,
    },
    /// Several versions fit what was asked for.
    #[error("version {wanted:?} of recipe {recipe} could be {}", .fitting.join(" or "))]
    AmbiguousVersion {
        /// The recipe.
        recipe: String,
        /// What was asked for.
        wanted: String,
        /// The versions that fit, oldest first.
        fitting: Vec<String>,
    },
    /// `recipe.toml` is refused.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// `.env.sample` or `abra.sh` is refused.
    #[error(transparent)]
    Env(#[from] EnvError),
    /// A compose file is refused.
    #[error(transparent)]
    Compose(#[from] Box<Problem>),
}

impl RecipeError {
    /// Who must act; `None` where what was asked for is wrong.
    #[must_use]
    pub fn owner(&self) -> Option<Owner> {
        match self {
            Self::NotRecipe { defect: FileDefect::Unread(_), .. }
            | Self::File { defect: FileDefect::Unread(_), .. } => Some(Owner::Harness),
            Self::NotRecipe { .. }
            | Self::UnknownVersion { .. }
            | Self::AmbiguousVersion { .. } => None,
            Self::Name { .. }
            | Self::File { .. }
            | Self::Manifest(_)
            | Self::Env(_)
            | Self::Compose(_) => Some(Owner::Recipe),
        }
    }
}

impl From<Problem> for RecipeError {
    fn from(problem: Problem) -> Self {
        Self::Compose(Box::new(problem))
    }
}

fn near_words(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::missing(FileDefect::Missing, Some(Owner::Recipe))]
    #[case::unusable(FileDefect::Unusable("no text".to_owned()), Some(Owner::Recipe))]
    #[case::unread(FileDefect::Unread("no more open files".to_owned()), Some(Owner::Harness))]
    fn what_the_system_refuses_is_not_the_recipes(
        #[case] defect: FileDefect,
        #[case] owner: Option<Owner>,
    ) {
        assert_eq!(RecipeError::File { path: "a".into(), defect }.owner(), owner);
    }
}
