//! Hooks of the backup contract.

use cc_ci_recipe::{Files, Place};

use crate::shell::{Dump, dumps};
use crate::stack::{Pair, Service, Used};

/// A command that the backup tool runs in a service's container.
#[derive(Debug, Clone)]
pub(crate) struct Hook<'a> {
    pub(crate) label: Pair<'a>,
    /// The dumps it makes, each with its place.
    pub(crate) dumps: Vec<(Place, Dump)>,
    /// It runs a script that is in the image and so cannot be read, whose name or argument speaks
    /// of a dump or a backup.
    pub(crate) seems_to_dump: bool,
}

/// What runs before a backup in a service with these `labels` and `configs`. `file_of` gives the file
/// behind a config.
pub(crate) fn backup_hook<'a>(
    labels: &[Pair<'a>],
    configs: &[Used<'a>],
    files: &'a Files,
    file_of: impl Fn(&str) -> Option<&'a str>,
) -> Option<Hook<'a>> {
    let label = labels.iter().find(|label| label.name == "backupbot.backup.pre-hook");
    let label = *label.filter(|label| !label.value.is_empty())?;
    let mut found: Vec<(Place, Dump)> =
        dumps(label.value).into_iter().map(|dump| (label.place.clone(), dump)).collect();
    let mut read = false;
    for config in configs {
        let runs = |word: &str| word.trim_matches(['\'', '"']) == config.target;
        if !label.value.split_whitespace().any(runs) {
            continue;
        }
        let Some(path) = file_of(config.source) else { continue };
        let Some(text) = files.text(path) else { continue };
        read = true;
        let placed = dumps(text).into_iter();
        found.extend(placed.filter_map(|d| Some((files.place(path, d.line, 1)?, d))));
    }
    let words = label.value.to_ascii_lowercase();
    let seems_to_dump = !read && (words.contains("dump") || words.contains("backup"));
    Some(Hook { label, dumps: found, seems_to_dump })
}

impl Hook<'_> {
    /// True where the hook makes a dump, or seems to.
    pub(crate) fn makes_dump(&self) -> bool {
        !self.dumps.is_empty() || self.seems_to_dump
    }
}

/// True where something runs in `service` around a restore.
pub(crate) fn has_restore_hook(service: &Service<'_>) -> bool {
    let hooks = ["backupbot.restore.post-hook", "backupbot.restore.pre-hook"];
    hooks.iter().any(|name| service.label(name).is_some_and(|label| !label.value.is_empty()))
}
