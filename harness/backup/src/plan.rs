//! The backupbot labels of a stack, read as the specification means them.
//!
//! The contract (backup-bot-two, "Specification"): `backupbot.backup=true` switches the backup of
//! a whole stack on; every volume is saved unless `backupbot.backup.volumes.<volume>=false`; a
//! `….<volume>.path` limits a volume to some of its paths; hooks run inside the containers of the
//! services that carry them.

use cc_ci_model::{Fault, StackSpec};

/// When a hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookMoment {
    /// Before the files are copied.
    BeforeBackup,
    /// After the files are copied.
    AfterBackup,
    /// Before the files are put back.
    BeforeRestore,
    /// After the files are put back.
    AfterRestore,
}

impl HookMoment {
    const ALL: [Self; 4] =
        [Self::BeforeBackup, Self::AfterBackup, Self::BeforeRestore, Self::AfterRestore];

    /// The label that declares a hook of this moment.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::BeforeBackup => "backupbot.backup.pre-hook",
            Self::AfterBackup => "backupbot.backup.post-hook",
            Self::BeforeRestore => "backupbot.restore.pre-hook",
            Self::AfterRestore => "backupbot.restore.post-hook",
        }
    }
}

/// A command of the recipe around backup or restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Compose name of the service in whose container it runs.
    pub service: String,
    /// When it runs.
    pub moment: HookMoment,
    /// The command, for a shell.
    pub command: String,
}

/// One volume that is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedVolume {
    /// Compose name.
    pub key: String,
    /// The paths that are saved, relative to the volume's root; empty saves all of it.
    pub paths: Vec<String>,
}

/// What a backup of the stack saves and which hooks run around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupPlan {
    /// Volumes that are saved.
    pub volumes: Vec<SavedVolume>,
    /// Volumes that the recipe declares out.
    pub excluded: Vec<String>,
    /// All hooks, in the order of their services' names.
    pub hooks: Vec<Hook>,
}

impl BackupPlan {
    /// Reads the labels; `None` where no service asks for a backup.
    ///
    /// # Errors
    /// [`Fault::BackupLabels`] where a label names a volume that the stack does not have or a path
    /// that leaves its volume.
    pub fn read(stack: &StackSpec) -> Result<Option<Self>, Fault> {
        let labels = || {
            stack.services.iter().flat_map(|(service, spec)| {
                spec.labels.iter().map(move |(key, value)| (service, key.as_str(), value.as_str()))
            })
        };
        if !labels().any(|(_, key, value)| key == "backupbot.backup" && is(value, "true")) {
            return Ok(None);
        }
        let mut plan = Self { volumes: Vec::new(), excluded: Vec::new(), hooks: Vec::new() };
        for (service, key, value) in labels() {
            if let Some(moment) = HookMoment::ALL.into_iter().find(|m| m.label() == key) {
                let (service, command) = (service.clone(), value.to_owned());
                plan.hooks.push(Hook { service, moment, command });
            }
        }
        for (key, volume) in &stack.volumes {
            let own = format!("backupbot.backup.volumes.{key}");
            let paths = format!("{own}.path");
            // An external volume is somebody else's; a restore would take it back under them.
            if volume.external || labels().any(|(_, key, value)| key == own && is(value, "false")) {
                plan.excluded.push(key.clone());
                continue;
            }
            let listed = labels().filter(|(_, key, _)| *key == paths);
            let mut paths = Vec::new();
            for (_, _, value) in listed {
                for path in value.split(',').map(str::trim).filter(|path| !path.is_empty()) {
                    paths.push(inside(key, path)?);
                }
            }
            plan.volumes.push(SavedVolume { key: key.clone(), paths });
        }
        for (service, key, _) in labels() {
            let Some(rest) = key.strip_prefix("backupbot.backup.volumes.") else { continue };
            let volume = rest.strip_suffix(".path").unwrap_or(rest);
            if !stack.volumes.contains_key(volume) {
                let have: Vec<_> = stack.volumes.keys().map(String::as_str).collect();
                let have = have.join(", ");
                let own = format!("{}_", stack.name);
                let meant = ["${STACK_NAME}_", own.as_str()].iter().find_map(|own| {
                    volume.strip_prefix(own).filter(|rest| stack.volumes.contains_key(*rest))
                });
                let hint = |key| format!("; {key} is meant, its name in the compose file");
                let hint = meant.map(hint).unwrap_or_default();
                let detail = format!(
                    "{key} of service {service} names no volume of the stack ({have}){hint}"
                );
                return Err(Fault::BackupLabels { detail });
            }
        }
        Ok(Some(plan))
    }

    /// The hooks of one moment.
    pub fn hooks(&self, moment: HookMoment) -> impl Iterator<Item = &Hook> {
        self.hooks.iter().filter(move |hook| hook.moment == moment)
    }
}

/// True for a truth value. YAML's own `True` reaches a label as it was written, and it means what it says.
fn is(value: &str, word: &str) -> bool {
    value.trim().eq_ignore_ascii_case(word)
}

/// A path inside its volume, without leading or trailing slashes.
fn inside(volume: &str, path: &str) -> Result<String, Fault> {
    let path = path.trim_matches('/');
    if path.split('/').any(|part| part == "..") || path.is_empty() {
        let detail = format!("backupbot.backup.volumes.{volume}.path leaves the volume: {path:?}");
        return Err(Fault::BackupLabels { detail });
    }
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use cc_ci_model::{ServiceSpec, StackName, VolumeSpec};

    use super::*;

    fn stack(labels: &[(&str, &str)]) -> StackSpec {
        let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let service = ServiceSpec { labels, ..ServiceSpec::default() };
        let volumes = ["db", "files"];
        StackSpec {
            name: StackName::new("app-1").unwrap(),
            services: BTreeMap::from([("app".to_owned(), service)]),
            networks: BTreeMap::new(),
            volumes: volumes.into_iter().map(|v| (v.to_owned(), VolumeSpec::default())).collect(),
            secrets: BTreeMap::new(),
            configs: BTreeMap::new(),
        }
    }

    #[test]
    fn no_label_means_no_backup() {
        assert_eq!(BackupPlan::read(&stack(&[])).unwrap(), None);
        assert_eq!(BackupPlan::read(&stack(&[("backupbot.backup", "false")])).unwrap(), None);
    }

    #[rstest::rstest]
    #[case("true", true)]
    #[case("True", true)]
    #[case("TRUE", true)]
    #[case("False", false)]
    #[case("yes", false)]
    #[case("", false)]
    fn a_backup_is_switched_on_by_true(#[case] value: &str, #[case] on: bool) {
        let plan = BackupPlan::read(&stack(&[("backupbot.backup", value)])).unwrap();
        assert_eq!(plan.is_some(), on);
        let out = [("backupbot.backup", "true"), ("backupbot.backup.volumes.db", "False")];
        assert_eq!(BackupPlan::read(&stack(&out)).unwrap().unwrap().excluded, ["db"]);
    }

    #[test]
    fn volumes_paths_and_hooks_are_read() {
        let plan = BackupPlan::read(&stack(&[
            ("backupbot.backup", "true"),
            ("backupbot.backup.volumes.files", "false"),
            ("backupbot.backup.volumes.db.path", "dump.sql, more/"),
            ("backupbot.backup.pre-hook", "/dump.sh"),
        ]));
        let plan = plan.unwrap().unwrap();
        assert_eq!(plan.excluded, ["files"]);
        let paths = vec!["dump.sql".to_owned(), "more".to_owned()];
        assert_eq!(plan.volumes, [SavedVolume { key: "db".to_owned(), paths }]);
        assert_eq!(plan.hooks(HookMoment::BeforeBackup).count(), 1);
        assert_eq!(plan.hooks(HookMoment::AfterRestore).count(), 0);
    }

    #[test]
    fn a_volume_of_somebody_else_is_never_saved() {
        let mut stack = stack(&[("backupbot.backup", "true")]);
        stack
            .volumes
            .insert("files".to_owned(), VolumeSpec { external: true, ..VolumeSpec::default() });
        let plan = BackupPlan::read(&stack).unwrap().unwrap();
        assert_eq!(plan.excluded, ["files"]);
        assert_eq!(plan.volumes.len(), 1);
    }

    #[rstest::rstest]
    #[case::unknown_volume("backupbot.backup.volumes.dbb.path", "x", "names no volume")]
    // A mapping's keys reach the engine as they are written, items of a list with their references replaced.
    #[case::full_name("backupbot.backup.volumes.${STACK_NAME}_db.path", "x", "db is meant")]
    #[case::name_on_the_engine("backupbot.backup.volumes.app-1_db.path", "x", "db is meant")]
    #[case::traversal("backupbot.backup.volumes.db.path", "../etc", "leaves the volume")]
    #[case::nothing("backupbot.backup.volumes.db.path", "/", "leaves the volume")]
    fn broken_labels_are_the_recipes(
        #[case] key: &str,
        #[case] value: &str,
        #[case] expected: &str,
    ) {
        let labels = [("backupbot.backup", "true"), (key, value)];
        let fault = BackupPlan::read(&stack(&labels)).unwrap_err();
        assert!(fault.to_string().contains(expected), "{fault}");
    }
}
