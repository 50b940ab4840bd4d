//! The catalogue: recipes by name, and those that are given as a path or URL.

use std::path::{Path, PathBuf};

use cc_ci_recipe::{Manifest, nearest};
use cc_ci_source::{Address, Opened, Reference, SourceId, Sources};

use crate::asked::Asked;
use crate::changed::concerned;
use crate::error::PlanError;
use crate::root::Root;
use crate::trust::Trust;

/// What the catalogue knows of a recipe beside its files.
const MANIFEST: &str = "recipe.toml";

/// Where recipes come from: the root for names, folders and repositories for the rest.
#[derive(Debug, Clone)]
pub struct Catalogue {
    root: Root,
    sources: Sources,
}

impl Catalogue {
    /// A catalogue of the recipes of `root`, which reads every recipe through `sources`.
    #[must_use]
    pub fn new(root: Root, sources: Sources) -> Self {
        Self { root, sources }
    }

    /// The root, with the way in which it was had.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// What the root does for the recipe.
    #[must_use]
    pub fn trust(&self, asked: &Asked) -> Trust {
        Trust::of(asked.is_name(), self.root.origin())
    }

    /// The recipe's source, where it is one of the catalogue. The records of runs belong to a source
    /// and not to a name, which any folder can have.
    #[must_use]
    pub fn source(&self, asked: &Asked) -> Option<SourceId> {
        let root = Some(self.root.lasting()).filter(|_| asked.is_name())?;
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        Some(SourceId::catalogue(&root, &asked.recipe))
    }

    /// Looks at the recipe, wherever it is. One that comes without a `recipe.toml` gets what a named
    /// root knows of its name.
    ///
    /// # Errors
    /// There is no such recipe, or it cannot be had.
    pub async fn open(&self, asked: &Asked) -> Result<Opened, PlanError> {
        self.open_at(asked, None).await
    }

    /// Looks at the recipe with `head` in place of what was asked for.
    pub(crate) async fn open_at(
        &self,
        asked: &Asked,
        head: Option<Reference>,
    ) -> Result<Opened, PlanError> {
        let mut address = self.address(asked)?;
        if let Some(reference) = head {
            let (Address::Path { head, .. } | Address::Remote { head, .. }) = &mut address;
            *head = Some(reference);
        }
        if let Address::Path { path, .. } = &address
            && !asked.is_name()
        {
            refuse_enrolled(path)?;
        }
        let mut opened = self.sources.open(&address).await?;
        if self.trust(asked) == Trust::Lent
            && opened.manifest == Manifest::default()
            && let Ok(recipes) = self.recipes()
        {
            let known = recipes.join(opened.name.as_str()).join(MANIFEST);
            if known.is_file() {
                opened.manifest = Manifest::open(&known).map_err(PlanError::usage)?.lent();
            }
        }
        Ok(opened)
    }

    /// The names of the root's recipes, sorted.
    ///
    /// # Errors
    /// The root cannot be read.
    pub fn names(&self) -> Result<Vec<String>, PlanError> {
        let folder = self.recipes()?;
        let entries = std::fs::read_dir(&folder).map_err(|error| {
            PlanError::usage(error).context(format!("read {}", folder.display()))
        })?;
        let mut names: Vec<_> = entries
            .flatten()
            .filter(|entry| is_recipe(&entry.path()))
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        Ok(names)
    }

    /// The names of the root's recipes that a change since the commit `since` concerns, sorted. A recipe whose files lie
    /// elsewhere is concerned by a change of what the root says of it only.
    ///
    /// # Errors
    /// The root cannot be read or is in no git repository, or `since` is no commit of it.
    pub async fn changed_since(&self, since: &str) -> Result<Vec<String>, PlanError> {
        let paths = self.sources.changed_since(self.root.folder()?, since).await?;
        Ok(concerned(self.names()?, &paths))
    }

    fn address(&self, asked: &Asked) -> Result<Address, PlanError> {
        if !asked.is_name() {
            return Ok(Address::parse(&asked.recipe)?);
        }
        let name = &asked.recipe;
        let folder = self.recipes().map_err(|error| beside(name, error))?.join(name);
        if folder.is_dir() && is_recipe(&folder) {
            return Ok(Address::Path { path: folder, head: None });
        }
        if folder.join(MANIFEST).is_file() {
            return Err(PlanError::usage(format!("the files of recipe {name:?} are not here"))
                .hint(format!("give its folder or URL, as in cc-ci run PATH/{name}")));
        }
        let names = self.names()?;
        let mut error = PlanError::usage(format!("there is no recipe {name:?}"));
        if let Some(near) = nearest(name, names.iter().map(String::as_str)) {
            error = error.hint(format!("did you mean {near}?"));
        }
        let error = beside(name, error);
        Err(error.hint(format!("recipes here: {}; a path works too", names.join(", "))))
    }

    fn recipes(&self) -> Result<PathBuf, PlanError> {
        Ok(self.root.folder()?.join("recipes"))
    }

    /// The same catalogue as if its root had only been found.
    #[cfg(test)]
    pub(crate) fn found(self) -> Self {
        Self { root: self.root.found(), ..self }
    }
}

/// Says how to ask for the folder that lies here under the name.
fn beside(name: &str, error: PlanError) -> PlanError {
    match Path::new(name).is_dir() {
        true => error.hint(format!("for the folder of that name here write ./{name}")),
        false => error,
    }
}

/// Only the catalogue says that a recipe lies elsewhere: a folder that a stranger sent could name a
/// repository that only this machine's user can read.
fn refuse_enrolled(path: &Path) -> Result<(), PlanError> {
    let file = path.join(MANIFEST);
    if path.join("versions").is_dir() || path.join(".git").exists() || !file.is_file() {
        return Ok(());
    }
    let manifest = Manifest::of_recipe(path).map_err(PlanError::usage)?;
    let Some(source) = manifest.and_then(|manifest| manifest.source) else { return Ok(()) };
    let message = format!(
        "{}: its source {source:?} counts only for a recipe that is asked for by name",
        file.display()
    );
    Err(PlanError::usage(message).hint("give the address itself, as a path or URL"))
}

/// `recipes/images` is no recipe; neither is a stray file, nor what is only known of a recipe whose
/// files come from elsewhere. A `recipe.toml` that is refused counts as a recipe, so that the refusal is reported.
fn is_recipe(folder: &Path) -> bool {
    let manifest = folder.join(MANIFEST);
    let says_where =
        || Manifest::open(&manifest).map_or(true, |manifest| manifest.source.is_some());
    folder.join("versions").is_dir() || (manifest.is_file() && says_where())
}
