//! The files of a version, as they were read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::text::Source;
use crate::{EnvLine, Node, Place, RecipeError};

/// A version's files: compose files as trees that know their places, environment files as lines.
/// File names are relative to the folder.
///
/// Reading goes on after a defect, so that one broken file does not hide the others; what
/// [`crate::Recipe::stack`] would refuse stands in `problems`.
#[derive(Debug, Clone)]
pub struct Files {
    /// The folder, as given.
    pub folder: PathBuf,
    /// All files, relative, with `/` between the parts; nothing in folders whose name begins with
    /// a dot.
    pub listing: BTreeSet<String>,
    /// The compose files: those of the chain in its order, then the others by name.
    pub compose: Vec<ComposeFile>,
    /// The chain as one, its references replaced; `None` where a file of it cannot be read.
    pub stack: Option<Node>,
    /// Paths of keys of the stack that Swarm ignores, as `services.app.privileged`.
    pub ignored: BTreeSet<String>,
    /// The compose files outside the chain, each laid on the chain.
    pub overlays: Vec<Overlay>,
    /// The assignments of `.env.sample`; `None` where there is no such file.
    pub sample: Option<Vec<EnvLine>>,
    /// The assignments of `abra.sh`; `None` where there is no such file.
    pub abra: Option<Vec<EnvLine>>,
    /// The app's environment, as far as it can be read.
    pub env: BTreeMap<String, String>,
    /// What a deploy would refuse, each once, the chain's first.
    pub problems: Vec<RecipeError>,
    pub(crate) contents: BTreeMap<String, Content>,
    /// The texts of compose and environment files.
    pub(crate) sources: Vec<Arc<Source>>,
}

/// A compose file by itself.
#[derive(Debug, Clone)]
pub struct ComposeFile {
    /// Its name.
    pub name: String,
    /// Its content, references replaced.
    pub root: Node,
    /// True for the files that `COMPOSE_FILE` of `.env.sample` names.
    pub in_chain: bool,
    /// Paths of what Swarm ignores already while the file is brought into its long form, as
    /// `services.app.ports[0]: address 127.0.0.1`.
    pub ignored: BTreeSet<String>,
}

/// A compose file laid on the chain.
#[derive(Debug, Clone)]
pub struct Overlay {
    /// Its name.
    pub name: String,
    /// The merged stack.
    pub stack: Node,
    /// Paths of keys of this stack that Swarm ignores.
    pub ignored: BTreeSet<String>,
}

/// A file that is not YAML: the content of a config, a script, the README.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    /// The text. Bytes that are not UTF-8 are replaced in it.
    pub(crate) source: Arc<Source>,
    /// The bytes, where they are no UTF-8.
    pub(crate) raw: Option<Vec<u8>>,
}

impl Files {
    /// The names of the chain's files.
    pub fn chain(&self) -> impl Iterator<Item = &str> {
        self.compose.iter().filter(|file| file.in_chain).map(|file| file.name.as_str())
    }

    /// The bytes of the README or of a file that a config or secret names.
    #[must_use]
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        let content = self.contents.get(clean(path))?;
        Some(content.raw.as_deref().unwrap_or(content.source.text.as_bytes()))
    }

    /// The text of such a file; what is no UTF-8 in it is replaced.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.contents.get(clean(path)).map(|content| content.source.text.as_str())
    }

    /// All files that were read: name and text.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let contents = self.contents.values().map(|content| &content.source);
        let sources = self.sources.iter().chain(contents);
        sources.map(|source| (source.name.as_str(), source.text.as_str()))
    }

    /// A place in any file that was read. `line` and `column` count from 1.
    #[must_use]
    pub fn place_in(&self, name: &str, line: usize, column: usize) -> Option<Place> {
        let source = self.sources.iter().find(|source| source.name == name);
        let place = source.map(|source| Place::new(source, line, column));
        place.or_else(|| self.place(name, line, column))
    }

    /// A place in such a file. `line` and `column` count from 1.
    #[must_use]
    pub fn place(&self, path: &str, line: usize, column: usize) -> Option<Place> {
        let content = self.contents.get(clean(path))?;
        Some(Place::new(&content.source, line, column))
    }
}

/// `./a` is `a`.
pub(crate) fn clean(path: &str) -> &str {
    path.trim_start_matches("./")
}
