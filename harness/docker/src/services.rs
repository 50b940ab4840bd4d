//! Creating and updating services.

use bollard::models::ServiceSpec;
use bollard::query_parameters::{InspectServiceOptions, UpdateServiceOptions};
use cc_ci_engine::{EngineError, ServiceObject};

use crate::Docker;
use crate::spec::service_spec;

/// Reads of a service until an update is given up. Swarm itself writes to a service while it
/// settles (its update status), and every write makes an index that was read before it stale.
const READS: u32 = 8;

impl Docker {
    pub(crate) async fn new_service(&self, service: &ServiceObject) -> Result<String, EngineError> {
        let ids = self.file_ids(&service.spec).await?;
        let asked = self.asked("create", "service", &service.name);
        let made = self
            .client
            .create_service(service_spec(service, &ids), None)
            .await
            .map_err(|error| asked.refused(error))?;
        made.id.ok_or_else(|| asked.nonsense("it answered without an id"))
    }

    pub(crate) async fn replace_service(&self, service: &ServiceObject) -> Result<(), EngineError> {
        let ids = self.file_ids(&service.spec).await?;
        let spec = service_spec(service, &ids);
        let mut reads = 1;
        loop {
            match self.update_from_current(service, spec.clone()).await {
                Err(EngineError::Conflict { message, .. })
                    if reads < READS && message.contains("out of sequence") =>
                {
                    reads += 1;
                }
                done => return done,
            }
        }
    }

    async fn update_from_current(
        &self,
        service: &ServiceObject,
        mut spec: ServiceSpec,
    ) -> Result<(), EngineError> {
        let asked = self.asked("update", "service", &service.name);
        let current = self
            .client
            .inspect_service(&service.name, None::<InspectServiceOptions>)
            .await
            .map_err(|error| asked.refused(error))?;
        let forced = current.spec.and_then(|spec| spec.task_template?.force_update);
        if let Some(template) = spec.task_template.as_mut().filter(|_| service.force == 0) {
            template.force_update = Some(forced.unwrap_or_default());
        }
        let index = current.version.and_then(|version| version.index);
        let version = index
            .and_then(|index| i32::try_from(index).ok())
            .ok_or_else(|| asked.nonsense(format!("its index is {index:?}")))?;
        let options = UpdateServiceOptions { version, ..UpdateServiceOptions::default() };
        self.client
            .update_service(&service.name, spec, options, None)
            .await
            .map(|_| ())
            .map_err(|error| asked.refused(error))
    }
}
