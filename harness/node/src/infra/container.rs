//! A container of ours that runs exactly as described.

use std::net::TcpListener;

use cc_ci_engine::{ContainerSpec, ContainerState, Engine, EngineError, Object, ObjectKind};
use cc_ci_model::sha256_hex;

use super::InfraError;
use super::registry::WHAT;
use crate::http::loopback;

/// The label that holds the hash of what a container was started from.
const LABEL_CONFIG: &str = "cc-ci.config";

/// Makes sure that the container runs as `spec` says and from the image with the id `image`; another
/// one of its name is replaced where none of the `runs` uses it. One that differs in its image alone
/// serves on while it is in use.
pub(super) async fn ensure(
    engine: &dyn Engine,
    spec: &ContainerSpec,
    image: &str,
    runs: &[String],
) -> Result<(), InfraError> {
    let failed = InfraError::engine(WHAT);
    let config = sha256_hex(format!("{spec:?}").as_bytes());
    match engine.container(&spec.name).await {
        Ok(found) if is(&found, &config) && (found.image_id == image || !runs.is_empty()) => {
            return Ok(());
        }
        Ok(found) => {
            if found.state == "running" {
                if !runs.is_empty() {
                    return Err(InfraError::InUse { what: WHAT, runs: runs.join(", ") });
                }
                free_ports(spec, &found).map_err(&failed)?;
            }
            remove(engine, &spec.name).await.map_err(&failed)?;
        }
        Err(error) if error.is_not_found() => {}
        Err(error) => return Err(failed(error)),
    }
    let mut spec = spec.clone();
    spec.labels.insert(LABEL_CONFIG.to_owned(), config);
    if let Err(error) = engine.start_container(&spec).await {
        // One that was created but could not start would be in the way of the next try. What the
        // engine said first is what the reader must know.
        let _ = remove(engine, &spec.name).await;
        return Err(failed(error));
    }
    Ok(())
}

/// Removes the container of that name, where there is one.
pub(super) async fn remove(engine: &dyn Engine, name: &str) -> Result<(), EngineError> {
    match engine.container(name).await {
        Ok(found) => engine.remove(&Object::known(ObjectKind::Container, found.id, name)).await,
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Refuses while a port of the new container is held by a stranger: the old one would be gone and
/// the new one could not start.
fn free_ports(spec: &ContainerSpec, old: &ContainerState) -> Result<(), EngineError> {
    let held = |port: u16| old.ports.values().any(|host| host.ends_with(&format!(":{port}")));
    for port in spec.ports.iter().map(|port| port.port).filter(|port| !held(*port)) {
        if let Err(error) = TcpListener::bind(loopback(port)) {
            return Err(EngineError::PortTaken { port, message: error.to_string() });
        }
    }
    Ok(())
}

fn is(found: &ContainerState, config: &str) -> bool {
    found.state == "running" && found.labels.get(LABEL_CONFIG).is_some_and(|label| label == config)
}

/// The last words of a container, for an error.
pub(super) async fn last_words(engine: &dyn Engine, name: &str) -> String {
    match engine.logs(name, 20).await {
        Ok(bytes) => String::from_utf8_lossy(&bytes).trim().to_owned(),
        Err(error) => error.to_string(),
    }
}
