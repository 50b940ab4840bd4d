//! What is to be read: which files, with which environment, for which instance.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::chain::Chain;
use crate::compose::{Context, Notes, build};
use crate::env::Sample;
use crate::resolve::{environment, environment_of, sample_domain, text};
use crate::sample_hosts;
use crate::text::Source;
use crate::yaml::Node;
use crate::{FileDefect, Instance, RecipeError, Rendered, Resolved};

/// The files of a recipe that are asked for on the command line.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The folder of a recipe's version.
    pub folder: &'a Path,
    /// An environment file in place of the recipe's `.env.sample`.
    pub env_file: Option<&'a Path>,
    /// Compose files, relative to the folder; if there are none, those that `COMPOSE_FILE` names,
    /// and without that `compose.yml`.
    pub files: &'a [String],
    /// The instance that is wanted.
    pub instance: Instance<'a>,
}

impl Input<'_> {
    /// The merged stack as `docker stack config` prints it. No content of a config or secret is
    /// read.
    ///
    /// # Errors
    /// The first thing that is wrong, with its file, line and key.
    pub fn config(&self) -> Result<Rendered, RecipeError> {
        let Read { env, modifiers, files, root, mut notes, unset, mapped: _ } = self.read()?;
        let home = home(self.folder, &files);
        let refused = build(&root, &self.context(&home, &env, &modifiers, false), &mut notes).err();
        Ok(Rendered::new(&root, &home, notes, unset, refused))
    }

    /// The stack as it is asked of the engine.
    ///
    /// # Errors
    /// The first thing that is wrong, with its file, line and key.
    pub fn stack(&self) -> Result<Resolved, RecipeError> {
        let Read { mut env, modifiers, files, root, mut notes, unset, mapped } = self.read()?;
        let home = home(self.folder, &files);
        let spec = build(&root, &self.context(&home, &env, &modifiers, true), &mut notes)?;
        env.retain(|name, _| !notes.secret_settings.contains(name));
        let resolved = Resolved::new(spec, env, notes, unset, root);
        Ok(Resolved { mapped, ..resolved })
    }

    /// Reads the environment and the files, and the files again where hosts of the sample had to be
    /// changed.
    fn read(&self) -> Result<Read, RecipeError> {
        let mut notes = Notes::default();
        let Sample { mut env, modifiers } = self.environment(&mut notes)?;
        let files = self.files(&env);
        let read = |env: &BTreeMap<String, String>, notes: &mut Notes| {
            let mut unset = BTreeSet::new();
            let root = chain(self.folder, &files, env, notes, &mut unset)?;
            Ok::<_, RecipeError>((root, unset))
        };
        let (mut root, mut unset) = read(&env, &mut notes)?;
        let mapped = match self.env_file {
            // An operator's own environment names the operator's own hosts.
            Some(_) => Vec::new(),
            None => {
                let fixed = |name: &str| {
                    matches!(name, "DOMAIN" | "STACK_NAME")
                        || self.instance.settings.contains_key(name)
                };
                let sample = sample_domain(self.folder);
                let domain = self.instance.domain;
                sample_hosts::map(&root, &mut env, fixed, sample.as_deref(), domain)
            }
        };
        if !mapped.is_empty() {
            (root, unset) = read(&env, &mut notes)?;
        }
        Ok(Read { env, modifiers, files, root, notes, unset, mapped })
    }

    fn environment(&self, notes: &mut Notes) -> Result<Sample, RecipeError> {
        match self.env_file {
            None => environment(self.folder, &self.instance, notes),
            Some(file) => environment_of(self.folder, file, &self.instance, notes),
        }
    }

    fn files(&self, env: &BTreeMap<String, String>) -> Vec<String> {
        if self.files.is_empty() { named(env) } else { self.files.to_vec() }
    }

    fn context<'a>(
        &'a self,
        folder: &'a Path,
        env: &'a BTreeMap<String, String>,
        modifiers: &'a BTreeMap<String, crate::env::Modifier>,
        contents: bool,
    ) -> Context<'a> {
        let Instance { stack, settings, .. } = self.instance;
        Context { stack, env, modifiers, settings, folder, contents }
    }
}

/// What was read for an instance.
struct Read {
    env: BTreeMap<String, String>,
    modifiers: BTreeMap<String, crate::env::Modifier>,
    files: Vec<String>,
    root: Node,
    notes: Notes,
    unset: BTreeSet<String>,
    mapped: Vec<String>,
}

/// The files that `COMPOSE_FILE` names; `compose.yml` where nothing is set.
fn named(env: &BTreeMap<String, String>) -> Vec<String> {
    let chain = env.get("COMPOSE_FILE").map(String::as_str).filter(|chain| !chain.is_empty());
    let names = chain.unwrap_or("compose.yml").split(':').filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// The folder that paths in the files start from: that of the first one.
pub(crate) fn home(folder: &Path, files: &[String]) -> PathBuf {
    let first = files.first().and_then(|file| Path::new(file).parent());
    match first.filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => folder.join(parent),
        None => folder.to_owned(),
    }
}

/// Reads compose files, relative to `folder`, into one.
pub(crate) fn chain(
    folder: &Path,
    files: &[String],
    env: &BTreeMap<String, String>,
    notes: &mut Notes,
    unset: &mut BTreeSet<String>,
) -> Result<Node, RecipeError> {
    let mut whole = None;
    let home = home(folder, files);
    let mut chain = Chain { env, folder: &home, notes, unset };
    for name in files {
        let path = folder.join(name).display().to_string();
        whole = Some(chain.add(whole, &Source::new(path, text(folder, name)?))?);
    }
    whole.ok_or_else(|| RecipeError::File {
        path: folder.join("compose.yml"),
        defect: FileDefect::Unusable(
            "is not named by COMPOSE_FILE, which names nothing".to_owned(),
        ),
    })
}
