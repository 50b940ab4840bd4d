//! Where backups go.

use std::collections::BTreeMap;

use cc_ci_model::Secret;

use crate::restic::REPOSITORY;

/// Where backups go: a volume of the unit's own, or any backend that restic knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BackupPlace {
    /// The backend as restic writes it (`rest:http://…`, `s3:…`, `sftp:…`); each unit gets a
    /// repository below it. The address may hold a password. `None` is the unit's own volume.
    pub backend: Option<Secret>,
    /// The variables with which the backend lets restic in, as `AWS_ACCESS_KEY_ID`.
    pub credentials: BTreeMap<String, Secret>,
}

impl BackupPlace {
    /// The repository of the unit called `name`.
    pub(crate) fn repository(&self, name: &str) -> Secret {
        match &self.backend {
            None => REPOSITORY.into(),
            Some(backend) => {
                format!("{}/{name}", backend.reveal_text().trim_end_matches('/')).into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_has_a_repository_of_its_own() {
        assert_eq!(BackupPlace::default().repository("cust-123456"), REPOSITORY.into());
        let backend = Some("rest:http://backup.test:8000/ci/".into());
        let place = BackupPlace { backend, credentials: BTreeMap::new() };
        let expected = "rest:http://backup.test:8000/ci/cust-123456";
        assert_eq!(place.repository("cust-123456"), expected.into());
    }
}
