//! Removing one object of any kind.

use bollard::query_parameters::{RemoveContainerOptions, RemoveVolumeOptions};
use cc_ci_engine::{EngineError, Object, ObjectKind};

use crate::Docker;

impl Docker {
    /// True where the volume of that name is the one that was listed. A volume's id is its name, and
    /// another volume can have the name by now; labels and the moment of creation tell them apart.
    /// Where the object was not listed there is nothing to compare.
    async fn is_still(&self, object: &Object) -> Result<bool, EngineError> {
        let failed = self.failed("inspect", "volume", &object.name);
        let found = match self.client.inspect_volume(&object.id).await.map_err(failed) {
            Ok(volume) => volume,
            Err(EngineError::NotFound { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        let labels = object.labels.iter().all(|(key, value)| found.labels.get(key) == Some(value));
        let created = found.created_at.unwrap_or_default();
        Ok(labels && (object.created.is_empty() || object.created == created))
    }

    pub(crate) async fn remove_object(&self, object: &Object) -> Result<(), EngineError> {
        let client = &self.client;
        let id = object.id.as_str();
        let answer = match object.kind {
            ObjectKind::Service => client.delete_service(id).await,
            ObjectKind::Container => {
                // `v` takes its anonymous volumes along; named ones stay.
                let options = RemoveContainerOptions { force: true, v: true, ..Default::default() };
                client.remove_container(id, Some(options)).await
            }
            ObjectKind::Network => client.remove_network(id).await,
            ObjectKind::Volume => {
                if !self.is_still(object).await? {
                    return Ok(());
                }
                client.remove_volume(id, Some(RemoveVolumeOptions { force: true })).await
            }
            ObjectKind::Secret => client.delete_secret(id).await,
            ObjectKind::Config => client.delete_config(id).await,
        };
        let failed = self.failed("remove", object.kind.as_str(), &object.name);
        match answer.map_err(failed) {
            Err(EngineError::NotFound { .. }) => Ok(()),
            other => other,
        }
    }
}
