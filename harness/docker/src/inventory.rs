//! Everything that carries a label, of every kind.

use std::collections::{BTreeMap, HashMap};

use bollard::query_parameters::{
    ListConfigsOptions, ListNetworksOptions, ListSecretsOptions, ListServicesOptions,
    ListVolumesOptions,
};
use cc_ci_engine::{EngineError, Object, ObjectKind, Selector};
use jiff::Timestamp;

use crate::Docker;
use crate::maps::sorted;
use crate::selector::filters;

type Found = Result<Vec<Object>, EngineError>;

impl Docker {
    pub(crate) async fn objects(&self, selector: Option<&Selector>) -> Found {
        let found = tokio::try_join!(
            self.found_services(selector),
            self.found_containers(selector),
            self.found_networks(selector),
            self.found_volumes(selector),
            self.found_secrets(selector),
            self.found_configs(selector),
        )?;
        let (services, containers, networks, volumes, secrets, configs) = found;
        let mut objects: Vec<_> = [services, containers, networks, volumes, secrets, configs]
            .into_iter()
            .flatten()
            .filter(|object| selector.is_none_or(|wanted| wanted.matches(&object.labels)))
            .collect();
        objects.sort();
        objects.dedup_by(|a, b| (a.kind, &a.id) == (b.kind, &b.id));
        Ok(objects)
    }

    async fn found_services(&self, selector: Option<&Selector>) -> Found {
        let options = ListServicesOptions { filters: selector.map(filters), status: None };
        let failed = self.failed("list", "services", "");
        let found = self.client.list_services(Some(options)).await.map_err(failed)?;
        let object = |service: bollard::models::Service| {
            let spec = service.spec.unwrap_or_default();
            object(ObjectKind::Service, service.id, spec.name, spec.labels, service.created_at)
        };
        Ok(found.into_iter().map(object).collect())
    }

    async fn found_containers(&self, selector: Option<&Selector>) -> Found {
        let found = self.container_summaries(selector).await?;
        let object = |container: bollard::models::ContainerSummary| {
            let name = container.names.unwrap_or_default().into_iter().next();
            let name = name.map(|name| name.trim_start_matches('/').to_owned());
            let created = container.created.and_then(|at| Timestamp::from_second(at).ok());
            let created = created.map(|at| at.to_string());
            object(ObjectKind::Container, container.id, name, container.labels, created)
        };
        Ok(found.into_iter().map(object).collect())
    }

    async fn found_networks(&self, selector: Option<&Selector>) -> Found {
        let options = ListNetworksOptions { filters: selector.map(filters) };
        let failed = self.failed("list", "networks", "");
        let found = self.client.list_networks(Some(options)).await.map_err(failed)?;
        let object = |network: bollard::models::Network| {
            object(ObjectKind::Network, network.id, network.name, network.labels, network.created)
        };
        Ok(found.into_iter().map(object).collect())
    }

    async fn found_volumes(&self, selector: Option<&Selector>) -> Found {
        let options = ListVolumesOptions { filters: selector.map(filters) };
        let failed = self.failed("list", "volumes", "");
        let found = self.client.list_volumes(Some(options)).await.map_err(failed)?;
        let object = |volume: bollard::models::Volume| {
            let (id, name) = (Some(volume.name.clone()), Some(volume.name));
            object(ObjectKind::Volume, id, name, Some(volume.labels), volume.created_at)
        };
        Ok(found.volumes.unwrap_or_default().into_iter().map(object).collect())
    }

    async fn found_secrets(&self, selector: Option<&Selector>) -> Found {
        let options = ListSecretsOptions { filters: selector.map(filters) };
        let failed = self.failed("list", "secrets", "");
        let found = self.client.list_secrets(Some(options)).await.map_err(failed)?;
        let object = |secret: bollard::models::Secret| {
            let spec = secret.spec.unwrap_or_default();
            object(ObjectKind::Secret, secret.id, spec.name, spec.labels, secret.created_at)
        };
        Ok(found.into_iter().map(object).collect())
    }

    async fn found_configs(&self, selector: Option<&Selector>) -> Found {
        let options = ListConfigsOptions { filters: selector.map(filters) };
        let failed = self.failed("list", "configs", "");
        let found = self.client.list_configs(Some(options)).await.map_err(failed)?;
        let object = |config: bollard::models::Config| {
            let spec = config.spec.unwrap_or_default();
            object(ObjectKind::Config, config.id, spec.name, spec.labels, config.created_at)
        };
        Ok(found.into_iter().map(object).collect())
    }
}

fn object(
    kind: ObjectKind,
    id: Option<String>,
    name: Option<String>,
    labels: Option<HashMap<String, String>>,
    created: Option<String>,
) -> Object {
    let labels: BTreeMap<String, String> = sorted(labels);
    let (id, name) = (id.unwrap_or_default(), name.unwrap_or_default());
    Object { kind, id, name, labels, created: created.unwrap_or_default() }
}
