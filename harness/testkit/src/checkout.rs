//! A catalogue of a test's own, and the program run in it.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::{Ended, RunFolder, Running, TempState};

/// A folder with `recipes/` and `suites/` in which the program is run, so that what it writes (the
/// link to the latest run, pages, locks) stays out of the checkout that is tested.
#[derive(Debug)]
pub struct Checkout {
    state: TempState,
    project: PathBuf,
    program: PathBuf,
}

impl Checkout {
    /// All recipes and suites of `project`, through links; `program` is run in it.
    ///
    /// # Panics
    /// Where it cannot be made.
    #[must_use]
    pub fn of(project: impl AsRef<Path>, program: impl AsRef<Path>) -> Self {
        let checkout = Self::new(project.as_ref(), program.as_ref());
        for folder in ["recipes", "suites"] {
            checkout.link(folder);
        }
        checkout
    }

    /// No recipe at all, but the images and the generic suite of `project`.
    ///
    /// # Panics
    /// Where it cannot be made.
    #[must_use]
    pub fn bare(project: impl AsRef<Path>, program: impl AsRef<Path>) -> Self {
        let checkout = Self::new(project.as_ref(), program.as_ref());
        for path in ["recipes/images", "suites/generic.toml"] {
            checkout.link(path);
        }
        checkout
    }

    fn new(project: &Path, program: &Path) -> Self {
        Self { state: TempState::new(), project: project.into(), program: program.into() }
    }

    /// The folder of the catalogue.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.state.join("root")
    }

    /// A path beside the catalogue; nothing is created.
    #[must_use]
    pub fn beside(&self, name: &str) -> PathBuf {
        self.state.join(name)
    }

    fn link(&self, path: &str) {
        let to = self.root().join(path);
        let linked = make_parent(&to).and_then(|()| symlink(self.project.join(path), &to));
        told(linked, "link", &to);
    }

    /// Copies a file or folder of the project to `to` in the catalogue.
    ///
    /// # Panics
    /// Where it cannot be copied.
    pub fn copy(&self, from: &str, to: &str) {
        let target = self.root().join(to);
        let copied = make_parent(&target).and_then(|()| copy(&self.project.join(from), &target));
        told(copied, "copy to", &target);
    }

    /// Writes a file of the catalogue.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        let written = make_parent(&path).and_then(|()| fs::write(&path, content));
        told(written, "write", &path);
    }

    /// Replaces `old`, which has to stand in the file once and only once.
    ///
    /// # Panics
    /// Where it does not, or the file cannot be read or written.
    pub fn edit(&self, path: &str, old: &str, new: &str) {
        let file = self.root().join(path);
        let text = told(fs::read_to_string(&file), "read", &file);
        assert_eq!(text.matches(old).count(), 1, "{old:?} in {}", file.display());
        self.write(path, text.replacen(old, new, 1));
    }

    /// Starts the program in the catalogue, its output going to files beside it.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn start<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Running {
        let output = told(tempfile::tempdir_in(self.state.path()), "write", self.state.path());
        Running::start(&self.program, &self.root(), output.keep(), &[], words)
    }

    /// Runs the program to its end.
    pub async fn say<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Ended {
        self.start(words).end().await
    }

    /// Runs the program to its end with an environment variable set.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub async fn say_with<'a>(
        &self,
        variable: (&str, &str),
        words: impl IntoIterator<Item = &'a str>,
    ) -> Ended {
        let output = told(tempfile::tempdir_in(self.state.path()), "write", self.state.path());
        Running::start(&self.program, &self.root(), output.keep(), &[variable], words).end().await
    }

    /// The folder of the run called `name`.
    #[must_use]
    pub fn run_folder(&self, name: &str) -> RunFolder {
        RunFolder::new(self.beside(name))
    }
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn told<T>(result: io::Result<T>, doing: &str, path: &Path) -> T {
    result.unwrap_or_else(|error| panic!("cannot {doing} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> TempState {
        let project = TempState::new();
        for (path, text) in [
            ("recipes/shop/recipe.toml", "schema = 1\n"),
            ("recipes/images/a/Dockerfile", "FROM b\n"),
            ("suites/generic.toml", "schema = 1\n"),
        ] {
            make_parent(&project.join(path)).unwrap();
            fs::write(project.join(path), text).unwrap();
        }
        project
    }

    #[test]
    fn a_bare_one_has_images_and_no_recipe() {
        let project = project();
        let checkout = Checkout::bare(project.path(), "/bin/true");
        assert!(checkout.root().join("recipes/images/a/Dockerfile").is_file());
        assert!(!checkout.root().join("recipes/shop").exists());
    }

    #[test]
    fn edits_do_not_reach_the_project() {
        let project = project();
        let checkout = Checkout::bare(project.path(), "/bin/true");
        checkout.copy("recipes/shop", "recipes/shop");
        checkout.edit("recipes/shop/recipe.toml", "1", "2");
        let read = |folder: &Path| fs::read_to_string(folder.join("recipes/shop/recipe.toml"));
        assert_eq!(read(&checkout.root()).unwrap(), "schema = 2\n");
        assert_eq!(read(project.path()).unwrap(), "schema = 1\n");
    }

    #[test]
    #[should_panic(expected = "\"nowhere\" in")]
    fn an_edit_that_changes_nothing_is_a_mistake() {
        let project = project();
        let checkout = Checkout::bare(project.path(), "/bin/true");
        checkout.copy("recipes/shop", "recipes/shop");
        checkout.edit("recipes/shop/recipe.toml", "nowhere", "x");
    }
}
