//! A recipe as a source offers it.

use std::collections::BTreeMap;
use std::path::Path;

use cc_ci_model::RecipeName;
use cc_ci_recipe::{Manifest, Recipe, RecipeError};

use crate::git::Mirror;
use crate::{MainTip, Place, Point, SourceError, Warning, folder};

/// A recipe as a source offers it, fixed at the moment of looking.
#[derive(Debug)]
pub struct Opened {
    /// Its name: that of the folder or the repository.
    pub name: RecipeName,
    /// Where it comes from, for a reader; without any password.
    pub origin: String,
    /// Its `recipe.toml`, which is ours and never a repository's own.
    pub manifest: Manifest,
    /// Its published versions, oldest first; none in a repository without version tags.
    pub known: Vec<Point>,
    /// What is to be tested unless another version is asked for.
    pub head: Point,
    /// The tip of a repository's default branch.
    pub main: Option<MainTip>,
    /// What is worth saying.
    pub warnings: Vec<Warning>,
    pub(crate) files: Files,
}

/// Where the files of points are had.
#[derive(Debug)]
pub(crate) enum Files {
    /// They lie where the points say.
    Folders,
    /// Those of commits come from a mirror.
    Mirror(Mirror),
}

impl Opened {
    pub(crate) fn catalogue(path: &Path) -> Result<Self, SourceError> {
        let recipe = Recipe::open(path)?;
        let known = recipe.versions.iter().map(|version| Point {
            version: version.clone(),
            declared: Some(version.clone()),
            place: Place::Folder(recipe.folder(version)),
        });
        let known: Vec<Point> = known.collect();
        let head = Point {
            version: recipe.newest().clone(),
            declared: Some(recipe.newest().clone()),
            place: Place::Folder(recipe.folder(recipe.newest())),
        };
        Ok(Self {
            name: recipe.name,
            origin: path.display().to_string(),
            manifest: recipe.manifest,
            known,
            head,
            main: None,
            warnings: Vec::new(),
            files: Files::Folders,
        })
    }

    /// The files of a folder as they lie there, whatever its compose files are called.
    ///
    /// # Errors
    /// The folder does not exist, or its `recipe.toml` is refused.
    pub fn plain(path: &Path) -> Result<Self, SourceError> {
        let real = folder::real(path)?;
        let name = folder::name(&real)?;
        let manifest = Manifest::of_recipe(&real)?.unwrap_or_default();
        let head = folder::point(&real)?;
        Ok(Self {
            name,
            origin: path.display().to_string(),
            manifest,
            known: Vec::new(),
            head,
            main: None,
            warnings: Vec::new(),
            files: Files::Folders,
        })
    }

    /// The published version that `wanted` names, as [`Recipe::version`] understands it.
    ///
    /// # Errors
    /// None fits, or several do.
    pub fn version(&self, wanted: &str) -> Result<&Point, SourceError> {
        if self.known.is_empty() {
            return Err(RecipeError::UnknownVersion {
                recipe: self.name.to_string(),
                wanted: wanted.to_owned(),
                near: Vec::new(),
                known: vec!["no published versions".to_owned()],
            }
            .into());
        }
        let folders = self.known.iter().map(|p| (p.version.clone(), self.origin.clone().into()));
        let recipe = Recipe::of_folders(
            self.name.clone(),
            self.origin.clone().into(),
            Manifest::default(),
            folders.collect(),
        )?;
        let found = recipe.version(wanted)?;
        let point = self.known.iter().find(|point| point.version == *found);
        // What the list was made of is in it.
        Ok(point.unwrap_or(&self.head))
    }

    /// The recipe with the given points as its versions, each with its files on the disk: those of
    /// commits under `<scratch>/<recipe>/<version>/`, the others where they are.
    ///
    /// `scratch` belongs to one run.
    ///
    /// # Errors
    /// The disk is full, or the mirror is broken.
    pub async fn recipe(&self, scratch: &Path, points: &[&Point]) -> Result<Recipe, SourceError> {
        let root = match &self.files {
            Files::Folders => Path::new(&self.origin).to_owned(),
            Files::Mirror(_) => scratch.join(self.name.as_str()),
        };
        let mut folders = BTreeMap::new();
        for point in points {
            let folder = match (&point.place, &self.files) {
                (Place::Folder(folder), _) => folder.clone(),
                (Place::Tag { commit, .. } | Place::Commit(commit), Files::Mirror(mirror)) => {
                    let folder = root.join(point.version.as_str());
                    mirror.checkout(commit, &folder).await?;
                    folder
                }
                (Place::Tag { .. } | Place::Commit(_), Files::Folders) => {
                    return Err(SourceError::NoRecipe {
                        folder: root,
                        reason: format!("{} is a commit of another source", point.version),
                    });
                }
            };
            folders.insert(point.version.clone(), folder);
        }
        Ok(Recipe::of_folders(self.name.clone(), root, self.manifest.clone(), folders)?)
    }
}
