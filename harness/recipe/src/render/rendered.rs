//! The printed stack and what was noticed on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cc_ci_model::StackName;

use super::node::stack;
use super::value::Printed;
use crate::RecipeError;
use crate::compose::{Context, Notes, build};
use crate::input::{chain, home};
use crate::yaml::{Node, Problem};

/// A merged stack, its references replaced, in the long form of `docker stack config`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    printed: Printed,
    /// Keys that Swarm ignores, with their path, sorted, each once.
    pub ignored: Vec<String>,
    /// Variables that the files use, that have no default and that are not set, sorted.
    pub unset: Vec<String>,
    /// What a deploy would refuse although it can be printed, as a service without image: the
    /// first such thing. The contents of configs and secrets are not looked at.
    pub refused: Option<RecipeError>,
}

impl Rendered {
    /// Reads `files`, relative to `folder`, with the variables of `env` and no others.
    ///
    /// # Errors
    /// The first thing that is wrong, with its file, line and key.
    pub fn of_files(
        folder: &Path,
        files: &[String],
        env: &BTreeMap<String, String>,
        stack: &StackName,
    ) -> Result<Self, RecipeError> {
        let (mut notes, mut unset) = (Notes::default(), BTreeSet::new());
        let root = chain(folder, files, env, &mut notes, &mut unset)?;
        let (modifiers, settings) = (&BTreeMap::new(), &BTreeMap::new());
        let folder = &home(folder, files);
        let cx = Context { stack, env, modifiers, settings, folder, contents: false };
        let refused = build(&root, &cx, &mut notes).err();
        Ok(Self::new(&root, folder, notes, unset, refused))
    }

    pub(crate) fn new(
        root: &Node,
        folder: &Path,
        notes: Notes,
        unset: BTreeSet<String>,
        refused: Option<Problem>,
    ) -> Self {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        Self {
            printed: stack(root, &folder),
            ignored: notes.ignored.into_iter().collect(),
            unset: unset.into_iter().collect(),
            refused: refused.map(RecipeError::from),
        }
    }

    /// As YAML.
    #[must_use]
    pub fn yaml(&self) -> String {
        // The serializer fails on what `Printed` cannot hold only.
        serde_saphyr::to_string(&self.printed).unwrap_or_default()
    }

    /// As JSON, indented.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(&self.printed).unwrap_or_default()
    }
}
