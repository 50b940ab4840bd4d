//! A state of a recipe that can be tested.

use std::path::PathBuf;

use cc_ci_model::Version;

use crate::Commit;

/// Where the files of a [`Point`] are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a folder that stays where it is; every file is read once, when the stack is planned.
    Folder(PathBuf),
    /// In a commit that a version tag names.
    Tag {
        /// The commit.
        commit: Commit,
        /// False for a lightweight tag, which anybody can move without a trace.
        annotated: bool,
    },
    /// In a commit that no version tag names.
    Commit(Commit),
}

/// A state of a recipe that can be tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// What the point is called: the tag, the folder's name, or the label of the compose file.
    ///
    /// A commit without a tag is called by its label and twelve digits (`1.1.0+1.26-0123456789ab`)
    /// so that it is never mistaken for the release of the same label; without a label it is
    /// `0.0.0+0123456789ab`, and a plain folder without one is `0.0.0+unversioned`.
    pub version: Version,
    /// The version that the recipe itself claims there, if it claims one.
    pub declared: Option<Version>,
    /// Where its files are.
    pub place: Place,
}

impl Point {
    /// The commit under test, where there is one.
    #[must_use]
    pub fn commit(&self) -> Option<&Commit> {
        match &self.place {
            Place::Folder(_) => None,
            Place::Tag { commit, .. } | Place::Commit(commit) => Some(commit),
        }
    }

    /// True for a published version (an annotated tag); only a published version may be promoted.
    #[must_use]
    pub fn is_release(&self) -> bool {
        match &self.place {
            Place::Tag { .. } => true,
            Place::Commit(_) => false,
            // A folder under `versions/` is called what it declares; a plain one is no release.
            Place::Folder(path) => path.parent().is_some_and(|parent| parent.ends_with("versions")),
        }
    }
}

/// The newest commit of a repository's default branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MainTip {
    /// It.
    pub point: Point,
    /// True where the default branch already holds the head: then its tip is not older.
    pub holds_head: bool,
}
