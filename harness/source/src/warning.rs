//! What is worth saying about a source although it is no error.

use thiserror::Error;

/// What is worth saying about a source although it is no error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Warning {
    /// Tags that name a commit without being objects of their own.
    #[error("lightweight tags are taken as versions: {}; an annotated tag says who published it and when, `git tag -a`", .tags.join(", "))]
    LightweightTags {
        /// The tags, sorted.
        tags: Vec<String>,
    },
    /// Tags that are no versions.
    #[error("tags that are no versions are left out: {}", .tags.join(", "))]
    OtherTags {
        /// The tags, sorted.
        tags: Vec<String>,
    },
    /// The repository publishes nothing.
    #[error("the repository has no version tags, so nothing of it is published")]
    NoTags,
    /// The work tree differs from its commit and is what is tested.
    #[error(
        "uncommitted changes are tested, so no commit can be named for them; name one with #REF to leave them out"
    )]
    Uncommitted,
    /// A name that is both.
    #[error("{name} is a tag and a branch; the tag is tested")]
    TagAndBranch {
        /// The name.
        name: String,
    },
    /// A repository brings a `recipe.toml` of its own.
    #[error("recipe.toml in the repository is not read: a recipe cannot grant powers to itself")]
    OwnManifest,
}
