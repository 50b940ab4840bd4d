//! Secrets and configs, and their ids.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bollard::models::{ConfigSpec, Driver, SecretSpec};
use bollard::query_parameters::{ListConfigsOptions, ListSecretsOptions, UpdateConfigOptions};
use cc_ci_engine::{ConfigObject, EngineError, SecretObject};
use cc_ci_model::{FileRef, ServiceSpec};

use crate::Docker;
use crate::maps::unsorted;
use crate::selector::Filters;
use crate::spec::FileIds;

impl Docker {
    pub(crate) async fn new_secret(&self, secret: &SecretObject) -> Result<String, EngineError> {
        let spec = SecretSpec {
            name: Some(secret.name.clone()),
            labels: Some(unsorted(&secret.labels)),
            data: Some(STANDARD.encode(secret.data.reveal())),
            driver: None,
            templating: secret.template_driver.as_deref().map(templating),
        };
        let failed = self.failed("create", "secret", &secret.name);
        self.client.create_secret(spec).await.map(|made| made.id).map_err(failed)
    }

    pub(crate) async fn new_config(&self, config: &ConfigObject) -> Result<String, EngineError> {
        let spec = ConfigSpec {
            name: Some(config.name.clone()),
            labels: Some(unsorted(&config.labels)),
            data: Some(STANDARD.encode(&config.data)),
            templating: config.template_driver.as_deref().map(templating),
        };
        let failed = self.failed("create", "config", &config.name);
        self.client.create_config(spec).await.map(|made| made.id).map_err(failed)
    }

    /// The engine takes an update of a config only with the content that it has already.
    pub(crate) async fn set_config_labels(
        &self,
        name: &str,
        labels: &BTreeMap<String, String>,
    ) -> Result<(), EngineError> {
        let failed = self.failed("relabel", "config", name);
        let found = self.client.inspect_config(name).await.map_err(&failed)?;
        let missing = || EngineError::NotFound { object: format!("config {name}") };
        let (Some(id), Some(mut spec)) = (found.id, found.spec) else { return Err(missing()) };
        spec.labels = Some(unsorted(labels));
        let version = found.version.and_then(|version| version.index).unwrap_or_default();
        let version = i64::try_from(version).unwrap_or(i64::MAX);
        let options = UpdateConfigOptions { version };
        self.client.update_config(&id, spec, options).await.map_err(failed)
    }

    /// Ids of all secrets and configs that `spec` names.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for the first that the engine does not have.
    pub(crate) async fn file_ids(&self, spec: &ServiceSpec) -> Result<FileIds, EngineError> {
        let (secrets, configs) =
            tokio::try_join!(self.secret_ids(&spec.secrets), self.config_ids(&spec.configs))?;
        Ok(FileIds { secrets, configs })
    }

    async fn secret_ids(&self, files: &[FileRef]) -> Result<HashMap<String, String>, EngineError> {
        let Some(filters) = names(files) else {
            return Ok(HashMap::new());
        };
        let options = ListSecretsOptions { filters: Some(filters) };
        let failed = self.failed("list", "secrets", "");
        let found = self.client.list_secrets(Some(options)).await.map_err(failed)?;
        let known = found.into_iter().filter_map(|secret| Some((secret.spec?.name?, secret.id?)));
        complete("secret", files, known.collect())
    }

    async fn config_ids(&self, files: &[FileRef]) -> Result<HashMap<String, String>, EngineError> {
        let Some(filters) = names(files) else {
            return Ok(HashMap::new());
        };
        let options = ListConfigsOptions { filters: Some(filters) };
        let failed = self.failed("list", "configs", "");
        let found = self.client.list_configs(Some(options)).await.map_err(failed)?;
        let known = found.into_iter().filter_map(|config| Some((config.spec?.name?, config.id?)));
        complete("config", files, known.collect())
    }
}

fn templating(driver: &str) -> Driver {
    Driver { name: driver.to_owned(), options: None }
}

/// The engine finds every name that begins like one of these; [`complete`] takes the exact ones.
fn names(files: &[FileRef]) -> Option<Filters> {
    let names: BTreeSet<_> = files.iter().map(|file| file.source.clone()).collect();
    (!names.is_empty()).then(|| Filters::from([("name".to_owned(), names.into_iter().collect())]))
}

fn complete(
    kind: &str,
    files: &[FileRef],
    known: HashMap<String, String>,
) -> Result<HashMap<String, String>, EngineError> {
    match files.iter().find(|file| !known.contains_key(&file.source)) {
        Some(file) => Err(EngineError::NotFound { object: format!("{kind} {}", file.source) }),
        None => Ok(known),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(source: &str) -> FileRef {
        FileRef {
            source: source.to_owned(),
            target: source.to_owned(),
            uid: "0".to_owned(),
            gid: "0".to_owned(),
            mode: 0o444,
        }
    }

    #[test]
    fn a_longer_name_is_not_the_name() {
        let known = HashMap::from([("pw_v10".to_owned(), "id".to_owned())]);
        assert_eq!(
            complete("secret", &[file("pw_v1")], known.clone()),
            Err(EngineError::NotFound { object: "secret pw_v1".to_owned() })
        );
        assert!(complete("secret", &[file("pw_v10")], known).is_ok());
    }

    #[test]
    fn no_file_is_no_question() {
        assert_eq!(names(&[]), None);
        assert_eq!(names(&[file("b"), file("a"), file("b")]).unwrap()["name"], ["a", "b"]);
    }
}
