//! Finds recipes by name or path.

use std::path::{Path, PathBuf};

use cc_ci_model::{Owner, RecipeName, Version};
use cc_ci_recipe::{Manifest, nearest};
use cc_ci_source::{Address, Opened, Point, Reference, SourceError, SourceId};

use crate::error::{CliError, Kind};
use crate::settings::Settings;
use crate::trust::Trust;

/// What the catalogue knows of a recipe beside its files.
const MANIFEST: &str = "recipe.toml";

/// What was typed as RECIPE[@VERSION].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// A name, a path or a URL, the last two with `#REF` where a commit is meant.
    pub(crate) recipe: String,
    /// The version, if one was named.
    pub(crate) version: Option<String>,
}

impl Asked {
    /// A path or URL may hold an `@`, so only what follows the last slash can be a version, and
    /// only if it looks like one.
    pub(crate) fn parse(text: &str) -> Self {
        let name_starts = text.rfind('/').map_or(0, |slash| slash + 1);
        let split = text[name_starts..].rsplit_once('@');
        match split.filter(|(_, version)| Version::new(*version).is_ok()) {
            Some((name, version)) => Self {
                recipe: format!("{}{name}", &text[..name_starts]),
                version: Some(version.to_owned()),
            },
            None => Self { recipe: text.to_owned(), version: None },
        }
    }

    /// Words that ask for `point` again, from any folder and whatever the repository's branches do meanwhile.
    pub(crate) fn again(&self, point: &Point) -> String {
        let address = self.recipe.split('#').next().unwrap_or(&self.recipe);
        let real = Path::new(address).canonicalize().ok().filter(|_| !self.is_name());
        let real = real.as_deref().and_then(Path::to_str);
        let address = real.unwrap_or(address);
        match (point.is_release(), point.commit()) {
            (true, _) => format!("{address}@{}", point.version),
            (false, Some(commit)) => format!("{address}#{commit}"),
            (false, None) => address.to_owned(),
        }
    }

    /// A name for reports of what cannot be opened: the last piece of a path or URL, with every character that
    /// a name cannot hold replaced.
    pub(crate) fn slug(&self) -> RecipeName {
        let address = self.recipe.split('#').next().unwrap_or_default().trim_end_matches('/');
        // A path such as `.` has its name from the folder that it leads to.
        let real = Path::new(address).canonicalize().ok();
        let real = real.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy());
        let last = address.rsplit(['/', ':']).next().unwrap_or_default().into();
        let name = real.filter(|_| !self.is_name()).unwrap_or(last);
        RecipeName::slug(name.strip_suffix(".git").unwrap_or(&name))
    }

    /// True for a name of the catalogue; false for a path and a URL.
    pub(crate) fn is_name(&self) -> bool {
        let elsewhere = ['/', '#', ':'].iter().any(|mark| self.recipe.contains(*mark));
        !elsewhere && !self.recipe.starts_with('.')
    }

    /// What the catalogue root does for the recipe.
    pub(crate) fn trust(&self, settings: &Settings) -> Trust {
        Trust::of(self.is_name(), settings.catalogue().origin())
    }

    /// The recipe's source, where it is one of the catalogue. The records of runs belong to a source
    /// and not to a name, which any folder can have.
    pub(crate) fn source(&self, settings: &Settings) -> Option<SourceId> {
        let root = Some(settings.catalogue().lasting()).filter(|_| self.is_name())?;
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        Some(SourceId::catalogue(&root, &self.recipe))
    }

    /// Looks at the recipe, wherever it is. One that comes without a `recipe.toml` gets what a named
    /// root knows of its name.
    pub(crate) async fn open(&self, settings: &Settings) -> Result<Opened, CliError> {
        self.open_at(settings, None).await
    }

    /// Looks at the recipe with `head` in place of what was asked for.
    pub(crate) async fn open_at(
        &self,
        settings: &Settings,
        head: Option<Reference>,
    ) -> Result<Opened, CliError> {
        let mut address = self.address(settings)?;
        if let Some(reference) = head {
            let (Address::Path { head, .. } | Address::Remote { head, .. }) = &mut address;
            *head = Some(reference);
        }
        if let Address::Path { path, .. } = &address
            && !self.is_name()
        {
            refuse_enrolled(path)?;
        }
        let opened = settings.sources().open(&address).await;
        let mut opened = opened.map_err(|error| source_error(&error))?;
        if self.trust(settings) == Trust::Lent
            && opened.manifest == Manifest::default()
            && let Ok(recipes) = recipes(settings)
        {
            let known = recipes.join(opened.name.as_str()).join(MANIFEST);
            if known.is_file() {
                opened.manifest = Manifest::open(&known).map_err(CliError::usage)?.lent();
            }
        }
        Ok(opened)
    }

    fn address(&self, settings: &Settings) -> Result<Address, CliError> {
        if !self.is_name() {
            return Address::parse(&self.recipe).map_err(|error| source_error(&error));
        }
        let folder = recipes(settings).map_err(|error| self.beside(error))?.join(&self.recipe);
        if folder.is_dir() && is_recipe(&folder) {
            return Ok(Address::Path { path: folder, head: None });
        }
        if folder.join(MANIFEST).is_file() {
            let message = format!("the files of recipe {:?} are not here", self.recipe);
            return Err(CliError::message(Kind::Usage, message)
                .hint(format!("give its folder or URL, as in cc-ci run PATH/{}", self.recipe)));
        }
        let names = names(settings)?;
        let mut error =
            CliError::message(Kind::Usage, format!("there is no recipe {:?}", self.recipe));
        if let Some(near) = nearest(&self.recipe, names.iter().map(String::as_str)) {
            error = error.hint(format!("did you mean {near}?"));
        }
        let error = self.beside(error);
        Err(error.hint(format!("recipes here: {}; a path works too", names.join(", "))))
    }

    /// Says how to ask for the folder that lies here under the name.
    fn beside(&self, error: CliError) -> CliError {
        match Path::new(&self.recipe).is_dir() {
            true => error.hint(format!("for the folder of that name here write ./{}", self.recipe)),
            false => error,
        }
    }
}

/// Only the catalogue says that a recipe lies elsewhere: a folder that a stranger sent could name a
/// repository that only this machine's user can read.
fn refuse_enrolled(path: &Path) -> Result<(), CliError> {
    let file = path.join(MANIFEST);
    if path.join("versions").is_dir() || path.join(".git").exists() || !file.is_file() {
        return Ok(());
    }
    let manifest = Manifest::of_recipe(path).map_err(CliError::usage)?;
    let Some(source) = manifest.and_then(|manifest| manifest.source) else { return Ok(()) };
    let message = format!(
        "{}: its source {source:?} counts only for a recipe that is asked for by name",
        file.display()
    );
    Err(CliError::message(Kind::Usage, message).hint("give the address itself, as a path or URL"))
}

/// A source that cannot be had, with the exit code of whoever must act, and with what a recipe is
/// where its own words do not say so.
pub(crate) fn source_error(error: &SourceError) -> CliError {
    let kind = match error.owner() {
        None => Kind::Usage,
        Some(Owner::Recipe) => Kind::Recipe,
        Some(Owner::Harness | Owner::External | Owner::Unknown) => Kind::Machine,
    };
    let error = CliError::message(kind, error.to_string()).caused_by(error.fault());
    if error.words().hints.is_empty() {
        return error.hint("a recipe has recipe.toml and versions/<version>/compose.yml");
    }
    error
}

/// The names of the bundled recipes, sorted.
pub(crate) fn names(settings: &Settings) -> Result<Vec<String>, CliError> {
    let folder = recipes(settings)?;
    let entries = std::fs::read_dir(&folder).map_err(|error| {
        CliError::usage(anyhow::Error::new(error).context(format!("read {}", folder.display())))
    })?;
    let mut names: Vec<_> = entries
        .flatten()
        .filter(|entry| is_recipe(&entry.path()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

fn recipes(settings: &Settings) -> Result<PathBuf, CliError> {
    Ok(settings.root()?.join("recipes"))
}

/// `recipes/images` is no recipe; neither is a stray file, nor what is only known of a recipe whose
/// files come from elsewhere. A `recipe.toml` that is refused makes a recipe, so that it is told of.
fn is_recipe(folder: &Path) -> bool {
    let manifest = folder.join(MANIFEST);
    let says_where =
        || Manifest::open(&manifest).map_or(true, |manifest| manifest.source.is_some());
    folder.join("versions").is_dir() || (manifest.is_file() && says_where())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("mumble", "mumble", None)]
    #[case("mumble@0.2.0+1.5.735", "mumble", Some("0.2.0+1.5.735"))]
    #[case("./a@b/mumble", "./a@b/mumble", None)]
    #[case("../x/mumble@1", "../x/mumble", Some("1"))]
    #[case("git@example.org:shop", "git@example.org:shop", None)]
    #[case("https://example.org/shop#main", "https://example.org/shop#main", None)]
    #[case("https://example.org/shop@1.0.0+2", "https://example.org/shop", Some("1.0.0+2"))]
    fn what_was_typed_is_taken_apart(
        #[case] text: &str,
        #[case] recipe: &str,
        #[case] version: Option<&str>,
    ) {
        let (recipe, version) = (recipe.to_owned(), version.map(str::to_owned));
        assert_eq!(Asked::parse(text), Asked { recipe, version });
    }
}
