//! What a reader of a compose file knows and what it notes down.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cc_ci_model::StackName;

use crate::env::Modifier;

/// What is known before a compose file is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The stack's name.
    pub(crate) stack: &'a StackName,
    /// The app's environment.
    pub(crate) env: &'a BTreeMap<String, String>,
    /// How secrets are made up, by the variable that holds their version.
    pub(crate) modifiers: &'a BTreeMap<String, Modifier>,
    /// The suite's settings.
    pub(crate) settings: &'a BTreeMap<String, String>,
    /// The version's folder.
    pub(crate) folder: &'a Path,
    /// False where only the form of the stack counts: no file is read and no secret made up.
    pub(crate) contents: bool,
}

impl Context<'_> {
    /// `<stack>_<key>`, the name of an object that the recipe does not name itself.
    pub(crate) fn scoped(&self, key: &str) -> String {
        format!("{}_{key}", self.stack)
    }
}

/// Notes for the user that are no errors.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Keys that Swarm ignores, with their path.
    pub(crate) ignored: BTreeSet<String>,
    /// Settings that are values of secrets; they are no environment.
    pub(crate) secret_settings: BTreeSet<String>,
    /// Bytes of the configs and secrets that were read.
    pub(crate) content_bytes: usize,
}
