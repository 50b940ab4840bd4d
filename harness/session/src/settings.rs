//! The settings of this machine and of the runs on it.

use std::env;
use std::path::{Path, PathBuf};

use cc_ci_backup::BackupPlace;
use cc_ci_model::{Ceiling, Ceilings};
use cc_ci_plan::{Catalogue, Planner, Reboot};

use crate::{Endpoint, Failure, Images};

/// The settings of this machine and of the runs on it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The recipes and suites.
    pub catalogue: Catalogue,
    /// The folder for temporary files.
    pub temp: PathBuf,
    /// What the `node` crate needs to know.
    pub node: cc_ci_node::Settings,
    /// The folder in which each living run has a folder for its Unix sockets.
    pub sockets: PathBuf,
    /// Where backups go.
    pub backups: BackupPlace,
    /// How much of the machine one unit may take.
    pub ceilings: Ceilings,
    /// The ceilings that flags set.
    pub typed_ceilings: Vec<(Ceiling, u64)>,
    /// Where the engine listens.
    pub endpoint: Endpoint,
    /// True where the machine's owner lets the engine's daemon be restarted.
    pub restart_daemon: bool,
    /// The commit that this program was built from.
    pub commit: Option<&'static str>,
}

impl Settings {
    /// The folder with `recipes/` and `suites/`.
    ///
    /// # Errors
    /// It is the program's own and cannot be unpacked.
    pub fn root(&self) -> Result<&Path, Failure> {
        Ok(self.catalogue.root().folder()?)
    }

    /// What plans units on this machine.
    #[must_use]
    pub fn planner(&self) -> Planner<'_> {
        Planner {
            catalogue: &self.catalogue,
            state: &self.node.state,
            temp: &self.temp,
            ceilings: &self.ceilings,
            typed_ceilings: &self.typed_ceilings,
            reboot: self.reboot(),
        }
    }

    /// Whether the engine's daemon may and can be restarted from here.
    fn reboot(&self) -> Reboot {
        if !self.restart_daemon {
            return Reboot::Forbidden;
        }
        match cc_ci_node::daemon::able(self.endpoint.words()) {
            Ok(()) => Reboot::Allowed,
            Err(unable) => Reboot::Impossible(unable.to_string()),
        }
    }

    /// A folder that was named or found as the root.
    fn given(&self) -> Option<&Path> {
        self.catalogue.root().given()
    }

    /// The images that can be built.
    ///
    /// # Errors
    /// A definition is not valid.
    pub fn images(&self) -> Result<Images, Failure> {
        Images::of(self.catalogue.root())
    }

    /// The folder with a folder for each run: that of the root, or of the current folder where the root is
    /// part of the program.
    ///
    /// # Errors
    /// The current folder is gone.
    pub fn runs(&self) -> Result<PathBuf, Failure> {
        let folder = match self.given() {
            Some(root) => root.to_owned(),
            None => env::current_dir().map_err(|error| {
                Failure::usage(error)
                    .context("read the current folder")
                    .hint("name a folder with --out DIR")
            })?,
        };
        Ok(folder.join(".cc-ci/runs"))
    }

    /// Where the backlog goes: the given folder, else that of a root that was named or found, else the run's
    /// own.
    #[must_use]
    pub fn docs(&self, given: Option<&Path>, out: &Path) -> PathBuf {
        let own = || self.given().map(|root| root.join("machine-docs"));
        given.map(Path::to_owned).or_else(own).unwrap_or_else(|| out.to_owned())
    }
}
