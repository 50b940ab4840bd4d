//! A recipe and its versions.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cc_ci_model::{RecipeName, Version};

use crate::{
    FileDefect, Files, Input, Instance, Manifest, RecipeError, Rendered, Resolved,
    compare_versions, nearest, resolve,
};

/// A recipe's folder: `recipe.toml` and `versions/<version>/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// Its name, which is the folder's.
    pub name: RecipeName,
    /// Its folder, as given.
    pub root: PathBuf,
    /// Its versions, oldest first; at least one.
    pub versions: Vec<Version>,
    /// Its `recipe.toml`.
    pub manifest: Manifest,
    /// Folders of versions that do not lie at `versions/<version>/`.
    folders: BTreeMap<Version, PathBuf>,
}

impl Recipe {
    /// Opens the recipe in `folder`. Compose files are read by [`Recipe::stack`] only.
    ///
    /// # Errors
    /// The folder is not a recipe, or `recipe.toml` is refused.
    pub fn open(folder: &Path) -> Result<Self, RecipeError> {
        let not = |defect| RecipeError::NotRecipe { folder: folder.to_owned(), defect };
        let real = folder.canonicalize().map_err(|error| not(defect(&error)))?;
        let base = real.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = RecipeName::new(base)
            .map_err(|source| RecipeError::Name { path: folder.to_owned(), source })?;
        let missing = || not(FileDefect::Unusable("recipe.toml does not exist".to_owned()));
        let manifest = Manifest::of_recipe(folder)?.ok_or_else(missing)?;
        let versions = versions(&folder.join("versions"))?;
        if versions.is_empty() {
            return Err(not(FileDefect::Unusable("it has no versions".to_owned())));
        }
        let folders = BTreeMap::new();
        Ok(Self { name, root: folder.to_owned(), versions, manifest, folders })
    }

    /// The recipe whose versions lie in `folders`, each in its own: checkouts, or one plain folder.
    ///
    /// # Errors
    /// There are no folders.
    pub fn of_folders(
        name: RecipeName,
        root: PathBuf,
        manifest: Manifest,
        folders: BTreeMap<Version, PathBuf>,
    ) -> Result<Self, RecipeError> {
        if folders.is_empty() {
            let defect = FileDefect::Unusable("it has no versions".to_owned());
            return Err(RecipeError::NotRecipe { folder: root, defect });
        }
        let mut versions: Vec<Version> = folders.keys().cloned().collect();
        versions.sort_by(|a, b| compare_versions(a.as_str(), b.as_str()));
        Ok(Self { name, root, versions, manifest, folders })
    }

    /// The version that `wanted` names: the whole of it, or its recipe part or its app part
    /// (`1.0.0`, `1.26.3`), if only one version has it. Any other beginning of a version names none: what it
    /// means would change with the next version that is published.
    ///
    /// # Errors
    /// None fits, or several do.
    pub fn version(&self, wanted: &str) -> Result<&Version, RecipeError> {
        let exact = |v: &&Version| v.as_str() == wanted;
        let part = |v: &&Version| {
            let (left, right) = v.as_str().split_once('+').unwrap_or((v.as_str(), ""));
            left == wanted || right == wanted
        };
        let tries: [&dyn Fn(&&Version) -> bool; 2] = [&exact, &part];
        for fits in tries {
            let fitting: Vec<&Version> = self.versions.iter().filter(|v| fits(v)).collect();
            match fitting.as_slice() {
                [] => {}
                [version] => return Ok(version),
                several => {
                    return Err(RecipeError::AmbiguousVersion {
                        recipe: self.name.to_string(),
                        wanted: wanted.to_owned(),
                        fitting: several.iter().map(ToString::to_string).collect(),
                    });
                }
            }
        }
        Err(RecipeError::UnknownVersion {
            recipe: self.name.to_string(),
            wanted: wanted.to_owned(),
            near: self.near(wanted),
            known: self.versions.iter().map(ToString::to_string).collect(),
        })
    }

    /// The versions that `wanted` probably means: those that begin with it, else the most similar one.
    fn near(&self, wanted: &str) -> Vec<String> {
        let all = || self.versions.iter().map(Version::as_str);
        let begin = all().filter(|version| !wanted.is_empty() && version.starts_with(wanted));
        let begin: Vec<String> = begin.map(str::to_owned).collect();
        if begin.is_empty() {
            return nearest(wanted, all()).map(str::to_owned).into_iter().collect();
        }
        begin
    }

    /// The newest version.
    #[must_use]
    pub fn newest(&self) -> &Version {
        // `open` refuses a recipe without versions; an emptied list is a bug of the caller's.
        &self.versions[self.versions.len() - 1]
    }

    /// The newest version that is older than `version`, which need not be one of the recipe's.
    #[must_use]
    pub fn older_than(&self, version: &Version) -> Option<&Version> {
        let older = |v: &&Version| compare_versions(v.as_str(), version.as_str()).is_lt();
        self.versions.iter().rev().find(older)
    }

    /// The folder of a version.
    #[must_use]
    pub fn folder(&self, version: &Version) -> PathBuf {
        let elsewhere = self.folders.get(version).cloned();
        elsewhere.unwrap_or_else(|| self.root.join("versions").join(version.as_str()))
    }

    /// Reads the files of `version` into the stack that `instance` is to be.
    ///
    /// # Errors
    /// The first thing that is wrong, with its file, line and key.
    pub fn stack(
        &self,
        version: &Version,
        instance: &Instance<'_>,
    ) -> Result<Resolved, RecipeError> {
        resolve::resolve(&self.folder(version), instance)
    }

    /// The merged files of `version` as `docker stack config` prints them.
    ///
    /// # Errors
    /// The first thing that is wrong, with its file, line and key.
    pub fn config(
        &self,
        version: &Version,
        instance: &Instance<'_>,
    ) -> Result<Rendered, RecipeError> {
        let folder = &self.folder(version);
        Input { folder, env_file: None, files: &[], instance: *instance }.config()
    }

    /// Reads the files of `version` as they stand, with their places and in spite of defects.
    #[must_use]
    pub fn files(&self, version: &Version, instance: &Instance<'_>) -> Files {
        Files::read(&self.folder(version), instance)
    }
}

fn versions(folder: &Path) -> Result<Vec<Version>, RecipeError> {
    let file = |error: &std::io::Error| RecipeError::File {
        path: folder.to_owned(),
        defect: defect(error),
    };
    let mut versions = Vec::new();
    let parent = folder.parent().unwrap_or(folder);
    let real = parent.canonicalize().map_err(|error| file(&error))?;
    for entry in fs::read_dir(folder).map_err(|error| file(&error))? {
        let entry = entry.map_err(|error| file(&error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || !entry.path().is_dir() {
            continue;
        }
        // Files are read from inside a version's folder, so the folder itself has to be the recipe's.
        let inside = entry.path().canonicalize().map_err(|error| file(&error))?.starts_with(&real);
        if !inside {
            let defect = "is a symbolic link that leaves the recipe's folder".to_owned();
            let defect = FileDefect::Unusable(defect);
            return Err(RecipeError::File { path: entry.path(), defect });
        }
        let version = Version::new(name)
            .map_err(|source| RecipeError::Name { path: entry.path(), source })?;
        versions.push(version);
    }
    versions.sort_by(|a, b| compare_versions(a.as_str(), b.as_str()));
    Ok(versions)
}

/// Error numbers whose cause lies in the system and not in the recipe: EPERM, EIO, ENOMEM, EACCES, ENFILE,
/// EMFILE (errno(3)). The cause of all others (a folder in place of a file, a loop of links, bytes that are no
/// text) lies in the recipe.
const OF_THE_SYSTEM: [i32; 6] = [1, 5, 12, 13, 23, 24];

pub(crate) fn defect(error: &std::io::Error) -> FileDefect {
    match error.kind() {
        std::io::ErrorKind::NotFound => FileDefect::Missing,
        _ if error.raw_os_error().is_some_and(|code| OF_THE_SYSTEM.contains(&code)) => {
            FileDefect::Unread(error.to_string())
        }
        _ => FileDefect::Unusable(format!("cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(folder: &Path, versions: &[&str]) -> Result<Recipe, RecipeError> {
        let root = folder.join("shop");
        for version in versions {
            fs::create_dir_all(root.join("versions").join(version)).unwrap();
        }
        fs::create_dir_all(&root).unwrap();
        fs::write(root.join("recipe.toml"), "schema = 1\n").unwrap();
        Recipe::open(&root)
    }

    fn shop(folder: &Path) -> Recipe {
        recipe(folder, &["0.10.0+2.0", "0.9.0+1.5", "1.0.0+3.0", "1.1.0+3.1"]).unwrap()
    }

    #[test]
    fn versions_are_sorted_oldest_first() {
        let folder = tempfile::tempdir().unwrap();
        let shop = shop(folder.path());
        let order: Vec<_> = shop.versions.iter().map(Version::as_str).collect();
        assert_eq!(order, ["0.9.0+1.5", "0.10.0+2.0", "1.0.0+3.0", "1.1.0+3.1"]);
        assert_eq!(shop.newest().as_str(), "1.1.0+3.1");
        let older = |v: &str| shop.older_than(&Version::new(v).unwrap()).map(Version::as_str);
        assert_eq!(older("1.0.0+3.0"), Some("0.10.0+2.0"));
        assert_eq!(older("1.0.5+3.0"), Some("1.0.0+3.0"));
        assert_eq!(older("0.9.0+1.5"), None);
    }

    #[rstest::rstest]
    #[case::exact("1.0.0+3.0", "1.0.0+3.0")]
    #[case::recipe_part("0.9.0", "0.9.0+1.5")]
    #[case::app_part("3.1", "1.1.0+3.1")]
    fn a_version_is_found_by(#[case] wanted: &str, #[case] found: &str) {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(shop(folder.path()).version(wanted).unwrap().as_str(), found);
    }

    #[test]
    fn a_version_that_is_none_is_explained() {
        let folder = tempfile::tempdir().unwrap();
        let shop = shop(folder.path());
        insta::assert_snapshot!(shop.version("1.0.0+3.1.0").unwrap_err(), @r#"
        recipe shop has no version "1.0.0+3.1.0"; did you mean 1.0.0+3.0?
          hint: it has 0.9.0+1.5, 0.10.0+2.0, 1.0.0+3.0, 1.1.0+3.1
        "#);
        let said = |wanted: &str| shop.version(wanted).unwrap_err().to_string();
        insta::assert_snapshot!(said("1"), @r#"
        recipe shop has no version "1"; did you mean 1.0.0+3.0 or 1.1.0+3.1?
          hint: it has 0.9.0+1.5, 0.10.0+2.0, 1.0.0+3.0, 1.1.0+3.1
        "#);
        // A beginning that only one version has today may be that of another one tomorrow.
        for (wanted, meant) in
            [("0.1", "0.10.0+2.0"), ("0.9.0+1", "0.9.0+1.5"), ("0.9", "0.9.0+1.5")]
        {
            assert!(said(wanted).contains(&format!("did you mean {meant}?")), "{}", said(wanted));
        }
        assert!(matches!(shop.version(""), Err(RecipeError::UnknownVersion { .. })));
    }

    #[test]
    fn versions_may_lie_anywhere() {
        let folders = ["1.10.0+2", "1.9.0+2"]
            .map(|v| (Version::new(v).unwrap(), PathBuf::from(format!("/somewhere/{v}"))));
        let name = RecipeName::new("shop").unwrap();
        let of = |folders: &[(Version, PathBuf)]| {
            let folders = folders.iter().cloned().collect();
            Recipe::of_folders(name.clone(), "/root".into(), Manifest::default(), folders)
        };
        let shop = of(&folders).unwrap();
        assert_eq!(shop.newest().as_str(), "1.10.0+2");
        assert_eq!(shop.folder(shop.newest()), Path::new("/somewhere/1.10.0+2"));
        assert!(matches!(of(&[]), Err(RecipeError::NotRecipe { .. })));
    }

    #[test]
    fn a_version_that_lies_elsewhere_is_refused() {
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        recipe(folder.path(), &["1.0.0+1"]).unwrap();
        let link = folder.path().join("shop/versions/1.1.0+1");
        std::os::unix::fs::symlink(outside.path(), link).unwrap();
        let error = Recipe::open(&folder.path().join("shop")).unwrap_err().to_string();
        assert!(error.contains("1.1.0+1 is a symbolic link that leaves"), "{error}");
    }

    #[test]
    fn a_folder_that_is_no_recipe_is_explained() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Recipe::open(&folder.path().join("nothing"));
        let missing_is = |defect| matches!(missing, Err(RecipeError::NotRecipe { defect: d, .. }) if d == defect);
        assert!(missing_is(FileDefect::Missing));
        let empty = Recipe::open(folder.path()).unwrap_err();
        assert!(matches!(empty, RecipeError::NotRecipe { .. } | RecipeError::Name { .. }));
        let none = recipe(folder.path(), &[]).unwrap_err();
        assert!(matches!(none, RecipeError::File { defect: FileDefect::Missing, .. }), "{none}");
        fs::create_dir(folder.path().join("shop/versions")).unwrap();
        assert!(matches!(recipe(folder.path(), &[]), Err(RecipeError::NotRecipe { .. })));
        let odd = recipe(folder.path(), &["1.0.0 beta"]).unwrap_err();
        assert!(matches!(odd, RecipeError::Name { .. }), "{odd}");
    }
}
