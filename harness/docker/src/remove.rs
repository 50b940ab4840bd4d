//! Removing one object of any kind.

use bollard::query_parameters::{RemoveContainerOptions, RemoveVolumeOptions};
use cc_ci_engine::{EngineError, Object, ObjectKind};

use crate::Docker;

impl Docker {
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
