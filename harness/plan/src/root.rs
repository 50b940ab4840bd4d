//! Which catalogue root holds: one that is named, one that is found, else the one of the program.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::error::PlanError;

/// The folder of the state folder that the program's own catalogue is unpacked to.
const UNPACKED: &str = "catalogue";

/// How a catalogue root was had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `--root` or `CC_CI_ROOT` names it.
    Named,
    /// It lies at or above the current folder.
    Found,
    /// It is part of the program.
    Bundled,
}

/// The folder with `recipes/` and `suites/`.
#[derive(Debug, Clone)]
pub struct Root {
    /// A folder that was named or found, absolute and without links.
    given: Option<(PathBuf, Origin)>,
    /// Where the program's own catalogue is unpacked to.
    unpacked_to: PathBuf,
    unpacked: OnceLock<PathBuf>,
}

impl Root {
    /// The root that `named` is, else the one at or above `here`, else the program's own, which is
    /// unpacked below `state` once something of it is asked for.
    ///
    /// # Errors
    /// `named` is no catalogue.
    pub fn find(
        named: Option<&Path>,
        here: Option<&Path>,
        state: &Path,
    ) -> Result<Self, PlanError> {
        let given = match named {
            Some(root) => Some((given_root(root)?, Origin::Named)),
            None => here.and_then(find_root).map(|root| (root, Origin::Found)),
        };
        let unpacked_to = state.join(UNPACKED);
        Ok(Self { given, unpacked_to, unpacked: OnceLock::new() })
    }

    /// How the root was had.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.given.as_ref().map_or(Origin::Bundled, |(_, origin)| *origin)
    }

    /// The root that was named or found; nothing where only the program's own is there.
    #[must_use]
    pub fn given(&self) -> Option<&Path> {
        self.given.as_ref().map(|(root, _)| root.as_path())
    }

    /// The folder.
    ///
    /// # Errors
    /// The program's own catalogue cannot be unpacked.
    pub fn folder(&self) -> Result<&Path, PlanError> {
        match &self.given {
            Some((root, _)) => Ok(root),
            None => self.bundled(),
        }
    }

    /// The folder of the program's own catalogue.
    ///
    /// # Errors
    /// It cannot be unpacked.
    pub fn bundled(&self) -> Result<&Path, PlanError> {
        if let Some(folder) = self.unpacked.get() {
            return Ok(folder);
        }
        let folder = cc_ci_bundle::unpack(&self.unpacked_to).map_err(|error| {
            let place = self.unpacked_to.display();
            let context = format!("unpack the program's recipes and images to {place}");
            PlanError::machine(error)
                .context(context)
                .hint("--state DIR names another folder for what outlives a run")
        })?;
        Ok(self.unpacked.get_or_init(|| folder))
    }

    /// The folder that the program's own catalogue is unpacked to.
    #[must_use]
    pub fn unpacked_to(&self) -> &Path {
        &self.unpacked_to
    }

    /// A folder that stands for the root in what is kept for longer than one version of the program.
    #[must_use]
    pub fn lasting(&self) -> &Path {
        self.given().unwrap_or(&self.unpacked_to)
    }

    /// The same root as if it had only been found.
    #[cfg(test)]
    pub(crate) fn found(mut self) -> Self {
        self.given = self.given.map(|(root, _)| (root, Origin::Found));
        self
    }
}

fn is_root(folder: &Path) -> bool {
    folder.join("recipes").is_dir() && folder.join("suites").is_dir()
}

fn given_root(root: &Path) -> Result<PathBuf, PlanError> {
    if is_root(root) {
        return root.canonicalize().map_err(PlanError::usage);
    }
    let message = format!("{} has no recipes/ and suites/", root.display());
    Err(PlanError::usage(message).hint(
        "--root names a catalogue, as a checkout of cc-ci is; without it the program's own holds",
    ))
}

fn find_root(here: &Path) -> Option<PathBuf> {
    here.ancestors().find(|folder| is_root(folder)).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Blame;

    fn catalogue() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["recipes", "suites", "a/b"] {
            std::fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        folder
    }

    #[test]
    fn what_is_named_wins_then_what_is_found_then_the_programs_own() {
        let (named, found, state) = (catalogue(), catalogue(), tempfile::tempdir().unwrap());
        let below = found.path().join("a/b");
        let root = Root::find(Some(named.path()), Some(&below), state.path()).unwrap();
        assert_eq!(root.origin(), Origin::Named);
        assert_eq!(root.folder().unwrap(), named.path().canonicalize().unwrap());
        let root = Root::find(None, Some(&below), state.path()).unwrap();
        assert_eq!((root.origin(), root.folder().unwrap()), (Origin::Found, found.path()));
        assert!(
            !state.path().join(UNPACKED).exists(),
            "nothing of the program's own was asked for"
        );

        let empty = tempfile::tempdir().unwrap();
        let root = Root::find(None, Some(empty.path()), state.path()).unwrap();
        assert_eq!((root.origin(), root.given()), (Origin::Bundled, None));
        assert!(root.folder().unwrap().join("recipes/mumble/recipe.toml").is_file());
        assert!(root.folder().unwrap().starts_with(root.lasting()));
    }

    #[test]
    fn a_state_folder_that_cannot_be_written_is_named() {
        let root = Root::find(None, None, Path::new("/dev/null/x")).unwrap();
        let error = root.folder().unwrap_err();
        assert_eq!(error.blame(), Blame::Machine);
        assert!(error.text().contains("/dev/null/x/catalogue"), "{}", error.text());
    }
}
