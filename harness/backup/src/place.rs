//! Where backups go.

use crate::restic::REPOSITORY;

/// Where backups go: a volume of the unit's own, or any backend that restic knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BackupPlace {
    /// The backend as restic writes it (`rest:http://…`, `s3:…`, `sftp:…`); each unit gets a
    /// repository below it. `None` is the unit's own volume.
    pub backend: Option<String>,
    /// What restic needs to be let in, as `AWS_ACCESS_KEY_ID=…`.
    pub environment: Vec<String>,
}

impl BackupPlace {
    /// The repository of the unit called `name`.
    pub(crate) fn repository(&self, name: &str) -> String {
        match &self.backend {
            None => REPOSITORY.to_owned(),
            Some(backend) => format!("{}/{name}", backend.trim_end_matches('/')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_has_a_repository_of_its_own() {
        assert_eq!(BackupPlace::default().repository("cust-123456"), REPOSITORY);
        let backend = Some("rest:http://backup.test:8000/ci/".to_owned());
        let place = BackupPlace { backend, environment: Vec::new() };
        assert_eq!(place.repository("cust-123456"), "rest:http://backup.test:8000/ci/cust-123456");
    }
}
