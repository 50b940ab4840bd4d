//! A container of ours that runs exactly as described.

use std::net::TcpListener;

use cc_ci_engine::{ContainerSpec, ContainerState, Engine, EngineError, Object, ObjectKind};
use cc_ci_model::sha256_hex;

use crate::http::loopback;

/// The label that holds the hash of what a container was started from.
const LABEL_CONFIG: &str = "cc-ci.config";

/// Makes sure that the container runs as `spec` says; another one of its name is replaced. True
/// where it was started anew.
///
/// `extra` is what counts besides the specification: the id of its image, the content of mounted
/// files.
pub(super) async fn ensure(
    engine: &dyn Engine,
    spec: &ContainerSpec,
    extra: &[&str],
) -> Result<bool, EngineError> {
    let config = sha256_hex(format!("{spec:?}\n{extra:?}").as_bytes());
    match engine.container(&spec.name).await {
        Ok(found) if is(&found, &config) => return Ok(false),
        Ok(found) => {
            if found.state == "running" {
                free_ports(spec, &found)?;
            }
            engine.remove(&Object::known(ObjectKind::Container, &found.id, &spec.name)).await?;
        }
        Err(error) if error.is_not_found() => {}
        Err(error) => return Err(error),
    }
    let mut spec = spec.clone();
    spec.labels.insert(LABEL_CONFIG.to_owned(), config);
    if let Err(error) = engine.start_container(&spec).await {
        // One that was created but could not start would be in the way of the next try. What the
        // engine said first is what the reader must know.
        let _ = engine.remove(&Object::known(ObjectKind::Container, &spec.name, &spec.name)).await;
        return Err(error);
    }
    Ok(true)
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
