//! The version of a recipe that the rules judge.

use cc_ci_recipe::Files;

/// A version of a recipe, and what is known around it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The recipe's name.
    pub recipe: &'a str,
    /// The version, where it has a name.
    pub version: Option<&'a str>,
    /// The version's files.
    pub files: &'a Files,
    /// The version that is upgraded from, and its files.
    pub older: Option<(&'a str, &'a Files)>,
    /// The tags of the recipe's git repository; `None` where there is no repository.
    pub tags: Option<&'a [Tag]>,
}

/// A git tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// False for a lightweight tag.
    pub annotated: bool,
}

/// Two versions of a recipe.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Upgrade<'a> {
    pub(crate) old: &'a Files,
    pub(crate) new: &'a Files,
}
