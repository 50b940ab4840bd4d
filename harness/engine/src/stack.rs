//! Whole stacks, on any engine.
//!
//! [`deploy`] has the order of `docker stack deploy`: networks, secrets, configs, volumes, then services.
//! [`down`] is a query on labels, never a memory: what carries the stack's label goes.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;

use cc_ci_model::{ConfigSpec, MountType, ObjectSource, Secret, ServiceSpec, StackSpec};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    ConfigObject, Engine, EngineError, LABEL_NAMESPACE, Object, ObjectKind, SecretObject, Selector,
    ServiceObject, ServiceState,
};

/// Values of the secrets that the harness makes up, by compose name.
pub type SecretValues = BTreeMap<String, Secret>;

/// Sends a stack to the engine: what is new is created, services that exist are updated, services
/// that the specification no longer has stay (see [`dropped`]).
///
/// `labels` are put on every object on top of the stack's name.
///
/// # Errors
/// The first refusal of the engine; what was created until then stays for [`down`].
pub async fn deploy(
    engine: &dyn Engine,
    spec: &StackSpec,
    labels: &[(String, String)],
    secrets: &SecretValues,
) -> Result<(), EngineError> {
    let selector = Selector::stack(spec.name.as_str());
    let mut labels = labels.to_vec();
    labels.push((LABEL_NAMESPACE.to_owned(), spec.name.to_string()));
    let present = engine.inventory(&selector).await?;
    let has = |kind: ObjectKind, name: &str| {
        present.iter().any(|object| object.kind == kind && object.name == name)
    };

    for network in
        spec.networks.values().filter(|n| !n.external && !has(ObjectKind::Network, &n.name))
    {
        engine.create_network(network, &labels).await?;
    }
    for (key, secret) in spec.secrets.iter().filter(|(_, s)| !has(ObjectKind::Secret, &s.name)) {
        let data = match &secret.source {
            ObjectSource::Content(file) => Secret::new(file.bytes.clone()),
            ObjectSource::Generate { .. } | ObjectSource::Passphrase { .. } => {
                // An empty secret would look like a mistake of the recipe.
                secrets.get(key).cloned().ok_or_else(|| EngineError::Refused {
                    action: format!("create secret {}", secret.name),
                    status: None,
                    message: "the harness made no value up for it".to_owned(),
                })?
            }
            ObjectSource::External => continue,
        };
        let labels = with(&secret.labels, &labels);
        let template_driver = secret.template_driver.clone();
        engine
            .create_secret(&SecretObject {
                name: secret.name.clone(),
                data,
                template_driver,
                labels,
            })
            .await?;
    }
    for config in spec.configs.values().filter(|c| !has(ObjectKind::Config, &c.name)) {
        create_config(engine, config, &labels).await?;
    }
    // A mount creates its volume where it is missing, but knows nothing of a driver's options.
    for volume in spec.volumes.values().filter(|volume| !volume.external) {
        engine.create_volume(volume, &labels).await?;
    }
    let existing = engine.services(&selector).await?;
    for (key, service) in &spec.services {
        let object = service_object(spec, key, service, &labels);
        if existing.iter().any(|state| state.name == object.name) {
            engine.update_service(&object).await?;
        } else {
            engine.create_service(&object).await?;
        }
    }
    Ok(())
}

async fn create_config(
    engine: &dyn Engine,
    config: &ConfigSpec,
    labels: &[(String, String)],
) -> Result<(), EngineError> {
    let ObjectSource::Content(file) = &config.source else {
        return Ok(());
    };
    let object = ConfigObject {
        name: config.name.clone(),
        data: file.bytes.clone(),
        template_driver: config.template_driver.clone(),
        labels: with(&config.labels, labels),
    };
    engine.create_config(&object).await.map(|_| ())
}

/// The service as it is sent to the engine, with the engine's names in place of the compose file's.
#[must_use]
pub fn service_object(
    stack: &StackSpec,
    key: &str,
    service: &ServiceSpec,
    labels: &[(String, String)],
) -> ServiceObject {
    let mut spec = service.clone();
    for attachment in &mut spec.networks {
        if let Some(network) = stack.networks.get(&attachment.network) {
            attachment.network.clone_from(&network.name);
        }
    }
    for mount in spec.mounts.iter_mut().filter(|m| m.kind == MountType::Volume) {
        if let Some(volume) = stack.volumes.get(&mount.source) {
            mount.source.clone_from(&volume.name);
            mount.declared = Some(volume.clone());
        }
    }
    for secret in &mut spec.secrets {
        if let Some(found) = stack.secrets.get(&secret.source) {
            secret.source.clone_from(&found.name);
        }
    }
    for config in &mut spec.configs {
        if let Some(found) = stack.configs.get(&config.source) {
            config.source.clone_from(&found.name);
        }
    }
    let plain: BTreeMap<_, _> = labels.iter().cloned().collect();
    ServiceObject {
        name: format!("{}_{key}", stack.name),
        spec,
        labels: plain.clone(),
        container_labels: plain.clone(),
        volume_labels: plain,
        force: 0,
    }
}

/// Services of the stack on the engine that `spec` no longer has.
///
/// `docker stack deploy` leaves them running; an upgrade is over only when they are gone.
///
/// # Errors
/// The engine's own.
pub async fn dropped(
    engine: &dyn Engine,
    spec: &StackSpec,
) -> Result<Vec<ServiceState>, EngineError> {
    let services = engine.services(&Selector::stack(spec.name.as_str())).await?;
    let kept = |state: &ServiceState| {
        spec.services.keys().any(|key| state.name == format!("{}_{key}", spec.name))
    };
    Ok(services.into_iter().filter(|state| !kept(state)).collect())
}

/// What [`down`] found and did.
#[derive(Debug, Default)]
pub struct Down {
    /// Objects still on the engine at the end.
    pub left: Vec<Object>,
    /// What the engine said while refusing; only of interest where something is left.
    pub errors: Vec<EngineError>,
}

/// The engine may be about to finish a task that it had begun before its service was removed. What
/// such a task brings with it shows within this time.
const AFTERMATH: Duration = Duration::from_millis(50);
/// An idle engine lets go of networks within this time; a loaded one is asked less often after it.
const SOON: Duration = Duration::from_secs(2);
/// Longest pause between two looks at what is left, at first and later.
const SHORT_PAUSE: Duration = Duration::from_millis(40);
const LONG_PAUSE: Duration = Duration::from_millis(500);

/// Removes everything that `selector` finds, in rounds, until nothing is left or `limit` is over.
///
/// Creations of this process that have not ended are waited for first.
/// Services go first so that no new task comes; containers are killed, not stopped; objects of one
/// kind go side by side. The engine lets go of networks and volumes a moment after the last
/// container is gone, so refusals are collected and tried again rather than waited out one by one.
///
/// # Errors
/// Only if the engine cannot even be asked what is left.
pub async fn down(
    engine: &dyn Engine,
    selector: &Selector,
    limit: Duration,
) -> Result<Down, EngineError> {
    let deadline = Instant::now() + limit;
    // A step that was cancelled may have asked for something that is not there yet.
    let _ = timeout(limit, engine.creations_ended()).await;
    let started = Instant::now();
    let mut pause = Duration::from_millis(20);
    let mut found_any = false;
    loop {
        let mut left = engine.inventory(selector).await?;
        if left.is_empty() && found_any {
            sleep(AFTERMATH).await;
            left = engine.inventory(selector).await?;
        }
        if left.is_empty() {
            return Ok(Down::default());
        }
        found_any = true;
        left.sort();
        let mut errors = Vec::new();
        for kind in left.chunk_by(|a, b| a.kind == b.kind) {
            let removed = join_all(kind.iter().map(|object| engine.remove(object))).await;
            errors.extend(removed.into_iter().filter_map(Result::err));
        }
        if Instant::now() >= deadline {
            let left = engine.inventory(selector).await?;
            return Ok(Down { left, errors });
        }
        // The engine sends no event for "this network is free now", so this is a poll.
        sleep(pause).await;
        let longest = if started.elapsed() < SOON { SHORT_PAUSE } else { LONG_PAUSE };
        pause = (pause * 2).min(longest);
    }
}

fn with(own: &BTreeMap<String, String>, ours: &[(String, String)]) -> BTreeMap<String, String> {
    own.iter().map(|(k, v)| (k.clone(), v.clone())).chain(ours.iter().cloned()).collect()
}
