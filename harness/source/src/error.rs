//! Why a recipe cannot be had.

use std::path::PathBuf;

use cc_ci_model::{Fault, Owner};
use cc_ci_recipe::RecipeError;
use thiserror::Error;

/// Why a recipe cannot be had.
#[derive(Debug, Error)]
pub enum SourceError {
    /// What was typed is no address of a recipe.
    #[error("{text:?} is not the address of a recipe: {reason}\n  hint: {hint}")]
    Address {
        /// As typed, without any password.
        text: String,
        /// What is wrong.
        reason: String,
        /// What would do.
        hint: String,
    },
    /// What was typed is no name of a branch, tag or commit.
    #[error("{text:?} names no branch, tag or commit: {reason}")]
    Reference {
        /// As typed.
        text: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// A folder holds no recipe.
    #[error("{} holds no recipe: {reason}\n  hint: a recipe is a folder with compose.yml, a folder with versions/, or a git repository", .folder.display())]
    NoRecipe {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// There is no git repository, or none that is open to us.
    #[error("{origin} is not a git repository that can be read: {message}\n  hint: {hint}")]
    NotRepository {
        /// The repository, without any password.
        origin: String,
        /// Git's own words.
        message: String,
        /// What may help.
        hint: &'static str,
    },
    /// The repository has no commits, or no default branch and no tags.
    #[error("{origin} has nothing to test: {reason}")]
    Empty {
        /// The repository.
        origin: String,
        /// What is missing, and what would do.
        reason: String,
    },
    /// The repository has no such branch, tag or commit.
    #[error("{origin} has no {wanted:?}{}\n  hint: {hint}", near_words(.near))]
    NoReference {
        /// The repository.
        origin: String,
        /// What was asked for.
        wanted: String,
        /// The name that was probably meant.
        near: Option<String>,
        /// What would do.
        hint: String,
    },
    /// The network or the server did not do its part.
    #[error(
        "{origin} could not be fetched: {message}\n  hint: nothing was tested; what an earlier run fetched is not used in its place"
    )]
    Unreachable {
        /// The repository.
        origin: String,
        /// Git's own words.
        message: String,
    },
    /// The server turns us away because we asked too often.
    #[error("{origin} turns this machine away for asking too often: {message}")]
    Quota {
        /// The repository.
        origin: String,
        /// Git's own words.
        message: String,
    },
    /// Time ran out. A timeout is not a cause.
    #[error("{origin}: not within {seconds} s: {waiting_for}")]
    Deadline {
        /// The repository.
        origin: String,
        /// The time allowed, in seconds.
        seconds: u64,
        /// What was waited for.
        waiting_for: &'static str,
    },
    /// The `git` program cannot be started.
    #[error("{program} could not be started: {source}\n  hint: install git")]
    NoGit {
        /// The program.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The state folder or the run's scratch folder cannot be used.
    #[error("{} could not be {action}: {source}", .path.display())]
    Files {
        /// The file or folder.
        path: PathBuf,
        /// What was tried: `created`, `locked`, …
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// Git failed in a way that says nothing about who must act.
    #[error("git could not {action} of {origin}: {message}")]
    Git {
        /// The repository.
        origin: String,
        /// What was tried.
        action: &'static str,
        /// Git's own words.
        message: String,
    },
    /// The recipe's files are refused, or the version asked for is none.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
}

fn near_words(near: &Option<String>) -> String {
    near.as_ref().map(|near| format!("; did you mean {near}?")).unwrap_or_default()
}

impl SourceError {
    /// The typed origin of a failure that this error causes.
    #[must_use]
    pub fn fault(&self) -> Fault {
        let text = self.to_string();
        // The hint is for the reader of the console; it does not go into the record.
        let message = text.split("\n  hint: ").next().unwrap_or_default().to_owned();
        match self {
            Self::Unreachable { .. } => Fault::SourceDown { message },
            Self::Deadline { origin, seconds, waiting_for } => Fault::Deadline {
                seconds: *seconds,
                waiting_for: format!("{waiting_for} of {origin}"),
            },
            Self::Files { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                Fault::NodeExhausted { what: "disk space".to_owned(), message }
            }
            Self::Recipe(error) if error.owner() == Some(Owner::Recipe) => {
                Fault::BadRecipe { message }
            }
            Self::Recipe(_)
            | Self::Address { .. }
            | Self::Reference { .. }
            | Self::NoRecipe { .. }
            | Self::NotRepository { .. }
            | Self::Empty { .. }
            | Self::NoReference { .. }
            | Self::Quota { .. }
            | Self::NoGit { .. }
            | Self::Files { .. }
            | Self::Git { .. } => Fault::NotPlanned { message },
        }
    }

    /// Who must act; `None` where the request itself is wrong, and the user must correct it.
    #[must_use]
    pub fn owner(&self) -> Option<Owner> {
        match self {
            Self::Address { .. }
            | Self::Reference { .. }
            | Self::NoRecipe { .. }
            | Self::NotRepository { .. }
            | Self::Empty { .. }
            | Self::NoReference { .. } => None,
            Self::Unreachable { .. } => Some(Owner::External),
            Self::Quota { .. } | Self::NoGit { .. } | Self::Files { .. } => Some(Owner::Harness),
            Self::Deadline { .. } | Self::Git { .. } => Some(Owner::Unknown),
            Self::Recipe(error) => error.owner(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    /// Every message of our own, as a user reads it; those of recipes have their snapshots there.
    #[test]
    fn every_variant_has_a_message() {
        let text = |text: &str| text.to_owned();
        let origin = || text("https://git.test/shop");
        let gone = || Error::new(ErrorKind::NotFound, "not found");
        let errors = [
            SourceError::Address {
                text: text("a b"),
                reason: text("it has a blank"),
                hint: text("quote it"),
            },
            SourceError::Reference { text: text("..x"), reason: "it begins with dots" },
            SourceError::NoRecipe { folder: PathBuf::from("shop"), reason: text("it is empty") },
            SourceError::NotRepository {
                origin: origin(),
                message: text("no HEAD"),
                hint: "check it",
            },
            SourceError::Empty { origin: origin(), reason: text("no commit") },
            SourceError::NoReference {
                origin: origin(),
                wanted: text("mian"),
                near: Some(text("main")),
                hint: text("branches: main"),
            },
            SourceError::Unreachable { origin: origin(), message: text("refused") },
            SourceError::Quota { origin: origin(), message: text("429") },
            SourceError::Deadline { origin: origin(), seconds: 60, waiting_for: "the fetch" },
            SourceError::NoGit { program: text("git"), source: gone() },
            SourceError::Files { path: PathBuf::from("x"), action: "read", source: gone() },
            SourceError::Git { origin: origin(), action: "list tags", message: text("bad object") },
        ];
        let said: Vec<_> = errors.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!("messages", said.join("\n\n"));
    }

    #[test]
    fn only_the_recipes_own_files_blame_the_recipe() {
        let origin = || "https://git.test/shop".to_owned();
        let full = || Error::from(ErrorKind::StorageFull);
        let fault = |error: SourceError| error.fault().origin().0;
        let file = |defect| RecipeError::File { path: PathBuf::from("compose.yml"), defect };
        let unread = || cc_ci_recipe::FileDefect::Unread("too many open files".to_owned());
        let missing = cc_ci_recipe::FileDefect::Missing;
        assert_eq!(fault(SourceError::Recipe(file(missing))), Owner::Recipe);
        assert_eq!(fault(SourceError::Recipe(file(unread()))), Owner::Harness);
        let message = || "no route".to_owned();
        let unreachable = SourceError::Unreachable { origin: origin(), message: message() };
        assert!(!unreachable.fault().to_string().contains("hint"), "{}", unreachable.fault());
        assert_eq!(fault(unreachable), Owner::External);
        assert_eq!(
            fault(SourceError::Quota { origin: origin(), message: message() }),
            Owner::Harness
        );
        let late =
            SourceError::Deadline { origin: origin(), seconds: 60, waiting_for: "the fetch" };
        assert_eq!(fault(late), Owner::Unknown);
        let disk =
            SourceError::Files { path: PathBuf::from("x"), action: "created", source: full() };
        assert!(matches!(disk.fault(), Fault::NodeExhausted { .. }));
    }
}
