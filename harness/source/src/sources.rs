//! Where recipes come from.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cc_ci_model::{RecipeName, Version};
use cc_ci_recipe::Manifest;

use crate::folder::{self, Kind};
use crate::git::{Fetched, GitProgram, Mirror, Origin, Reference, Refs};
use crate::opened::Files;
use crate::{Address, Commit, MainTip, Opened, Place, Point, SourceError, Warning, label};

/// How long to wait for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For one conversation with a repository.
    pub fetch: Duration,
    /// For another run to finish its fetch of the same repository.
    pub lock: Duration,
    /// For one step on this machine's disk.
    pub local: Duration,
}

impl Default for Limits {
    /// Five minutes for a fetch, twice that for somebody else's, one minute for the disk.
    fn default() -> Self {
        Self {
            fetch: Duration::from_secs(300),
            lock: Duration::from_secs(600),
            local: Duration::from_secs(60),
        }
    }
}

/// Where recipes come from: folders as they are, repositories through mirrors in the state folder.
#[derive(Debug, Clone)]
pub struct Sources {
    state: PathBuf,
    git: GitProgram,
    limits: Limits,
}

/// A compose file larger than this is refused by its reader, too.
const MAX_COMPOSE: usize = 1 << 20;

impl Sources {
    /// Mirrors go to `<state>/sources/`.
    #[must_use]
    pub fn new(state: &Path, git: GitProgram, limits: Limits) -> Self {
        Self { state: state.to_owned(), git, limits }
    }

    /// The files below `folder` that are not what they were in the commit `since`: [`GitProgram::changed_since`].
    ///
    /// # Errors
    /// `folder` is in no repository, or `since` is no commit of it.
    pub async fn changed_since(
        &self,
        folder: &Path,
        since: &str,
    ) -> Result<BTreeSet<PathBuf>, SourceError> {
        self.git.changed_since(folder, since).await
    }

    /// Looks at what `address` offers and fixes what is to be tested of it: the head that the
    /// address names; else the work tree of a path, the newest version tag, or the tip of the
    /// default branch.
    ///
    /// # Errors
    /// It is no recipe, or cannot be had; [`SourceError::owner`] says who must act.
    pub async fn open(&self, address: &Address) -> Result<Opened, SourceError> {
        match address {
            Address::Remote { remote, head } => {
                let name = named(remote.name(), &remote.to_string())?;
                let origin = Origin::Remote(remote.clone());
                self.repository(name, Manifest::default(), origin, head.as_ref()).await
            }
            Address::Path { path, head } => match folder::look(path, head.is_some())? {
                Kind::Catalogue => Opened::catalogue(path),
                Kind::Plain => Opened::plain(path),
                Kind::Repository(real) => {
                    let name = folder::name(&real)?;
                    let origin = Origin::Path(real);
                    self.repository(name, Manifest::default(), origin, head.as_ref()).await
                }
                Kind::Enrolled(manifest, source) => {
                    let real = folder::real(path)?;
                    let name = folder::name(&real)?;
                    let (origin, pinned) = enrolled(&real, &source)?;
                    self.repository(name, *manifest, origin, head.as_ref().or(pinned.as_ref()))
                        .await
                }
            },
        }
    }

    async fn repository(
        &self,
        name: RecipeName,
        manifest: Manifest,
        origin: Origin,
        wanted: Option<&Reference>,
    ) -> Result<Opened, SourceError> {
        let mirror = Mirror::new(&self.state, origin, self.git.clone(), self.limits);
        let Fetched { refs, wanted } = mirror.fetch(wanted).await?;
        let mut warnings = refs.warnings.clone();
        let head = match wanted {
            Some(commit) => point(&mirror, &refs, commit).await?,
            None => default_head(&mirror, &refs, &mut warnings).await?,
        };
        let main = match refs.main.clone() {
            None => None,
            Some(tip) => {
                let holds_head = match head.commit() {
                    Some(head) => mirror.holds(&tip, head).await?,
                    // Uncommitted changes are newer than any commit.
                    None => false,
                };
                Some(MainTip { point: point(&mirror, &refs, tip).await?, holds_head })
            }
        };
        if let Some(commit) = head.commit()
            && mirror.file(commit, "recipe.toml", MAX_COMPOSE).await?.is_some()
        {
            warnings.push(Warning::OwnManifest);
        }
        let origin = mirror.origin.shown();
        let files = Files::Mirror(mirror);
        Ok(Opened { name, origin, manifest, known: refs.versions, head, main, warnings, files })
    }
}

async fn default_head(
    mirror: &Mirror,
    refs: &Refs,
    warnings: &mut Vec<Warning>,
) -> Result<Point, SourceError> {
    if let Origin::Path(path) = &mirror.origin
        && path.join(".git").exists()
    {
        if mirror.is_changed(path).await? {
            warnings.push(Warning::Uncommitted);
            return folder::point(path);
        }
        if let Some(tip) = &refs.main {
            return point(mirror, refs, tip.clone()).await;
        }
    }
    if let Some(newest) = refs.versions.last() {
        return Ok(newest.clone());
    }
    if let Some(tip) = &refs.main {
        return point(mirror, refs, tip.clone()).await;
    }
    let reason = if refs.branches.is_empty() {
        "it has no commits".to_owned()
    } else {
        let branches: Vec<&str> = refs.branches.keys().map(String::as_str).collect();
        format!(
            "it has no default branch and no version tags; name one of {} as #REF",
            branches.join(", ")
        )
    };
    Err(SourceError::Empty { origin: mirror.origin.shown(), reason })
}

/// The point at `commit`: its version tag if it has one, else what its compose file says.
async fn point(mirror: &Mirror, refs: &Refs, commit: Commit) -> Result<Point, SourceError> {
    if let Some(tagged) = refs.tagged(&commit) {
        return Ok(tagged.clone());
    }
    let compose = mirror.file(&commit, "compose.yml", MAX_COMPOSE).await?.unwrap_or_default();
    let declared = label::declared(&String::from_utf8_lossy(&compose));
    let version = match &declared {
        Some(label) => Version::new(format!("{label}-{}", commit.short())),
        None => Version::new(format!("0.0.0+{}", commit.short())),
    };
    // A label can be as long as a version may be; then the commit alone has to do.
    let version = version.or_else(|_| Version::new(format!("0.0.0+{}", commit.short())));
    let version = version.map_err(|source| cc_ci_recipe::RecipeError::Name {
        path: mirror.origin.shown().into(),
        source,
    })?;
    Ok(Point { version, declared, place: Place::Commit(commit) })
}

/// What `source` of a `recipe.toml` names; a path is relative to the file.
fn enrolled(folder: &Path, source: &str) -> Result<(Origin, Option<Reference>), SourceError> {
    match Address::parse(source)? {
        Address::Remote { remote, head } => Ok((Origin::Remote(remote), head)),
        Address::Path { path, head } => Ok((Origin::Path(folder::real(&folder.join(path))?), head)),
    }
}

fn named(text: &str, address: &str) -> Result<RecipeName, SourceError> {
    RecipeName::new(text.to_lowercase()).map_err(|error| SourceError::Address {
        text: address.to_owned(),
        reason: error.to_string(),
        hint: "the last piece of the address is the recipe's name".to_owned(),
    })
}
