//! Secrets and configs as files of a container.

use std::collections::HashMap;

use bollard::models::{
    TaskSpecContainerSpecConfigs, TaskSpecContainerSpecFile, TaskSpecContainerSpecFile1,
    TaskSpecContainerSpecSecrets,
};
use cc_ci_model::FileRef;

/// Ids of secrets and configs by their name on the engine; Swarm wants both.
#[derive(Debug, Default)]
pub(crate) struct FileIds {
    /// Of secrets.
    pub(crate) secrets: HashMap<String, String>,
    /// Of configs.
    pub(crate) configs: HashMap<String, String>,
}

/// Sorted by name, so that a new order in the compose file is not a new specification.
pub(super) fn secrets(files: &[FileRef], ids: &FileIds) -> Vec<TaskSpecContainerSpecSecrets> {
    let mut found: Vec<_> = files
        .iter()
        .map(|file| TaskSpecContainerSpecSecrets {
            file: Some(TaskSpecContainerSpecFile {
                name: Some(file.target.clone()),
                uid: Some(file.uid.clone()),
                gid: Some(file.gid.clone()),
                mode: Some(file.mode),
            }),
            secret_id: ids.secrets.get(&file.source).cloned(),
            secret_name: Some(file.source.clone()),
        })
        .collect();
    found.sort_by(|a, b| a.secret_name.cmp(&b.secret_name));
    found
}

/// Sorted by name, so that a new order in the compose file is not a new specification.
pub(super) fn configs(files: &[FileRef], ids: &FileIds) -> Vec<TaskSpecContainerSpecConfigs> {
    let mut found: Vec<_> = files
        .iter()
        .map(|file| TaskSpecContainerSpecConfigs {
            file: Some(TaskSpecContainerSpecFile1 {
                name: Some(file.target.clone()),
                uid: Some(file.uid.clone()),
                gid: Some(file.gid.clone()),
                mode: Some(file.mode),
            }),
            runtime: None,
            config_id: ids.configs.get(&file.source).cloned(),
            config_name: Some(file.source.clone()),
        })
        .collect();
    found.sort_by(|a, b| a.config_name.cmp(&b.config_name));
    found
}
