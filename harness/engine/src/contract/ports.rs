//! Promises about published ports.

use super::broken::{Broken, ensure};
use super::subject::Subject;
use crate::{ContainerSpec, EngineError, HostPort};

/// A port that the engine chooses is told.
pub async fn a_port_is_published(subject: &Subject<'_>) -> Result<(), Broken> {
    let id = subject.engine.start_container(&with_port(subject, "open", 0)).await?;
    let state = subject.engine.container(&id).await?;
    let port = host_port(state.ports.get("80/tcp"));
    ensure(port.is_some_and(|port| port > 0), "127.0.0.1 and a port for 80/tcp", &state)
}

/// A host port that somebody holds is an error of its own, and no container is left of the try.
pub async fn a_taken_port_is_named(subject: &Subject<'_>) -> Result<(), Broken> {
    let id = subject.engine.start_container(&with_port(subject, "first", 0)).await?;
    let state = subject.engine.container(&id).await?;
    let Some(port) = host_port(state.ports.get("80/tcp")) else {
        return ensure(false, "a published port", state);
    };
    let refused = subject.engine.start_container(&with_port(subject, "second", port)).await;
    let named = matches!(&refused, Err(EngineError::PortTaken { port: p, .. }) if *p == port);
    ensure(named, &format!("port {port} is taken"), refused)?;
    let left = subject.engine.containers(&subject.mine()).await?;
    ensure(left.len() == 1, "the first container alone", left)
}

fn with_port(subject: &Subject<'_>, name: &str, port: u16) -> ContainerSpec {
    let port = HostPort { target: 80, address: "127.0.0.1".to_owned(), port };
    ContainerSpec { ports: vec![port], ..subject.own(name) }
}

fn host_port(published: Option<&String>) -> Option<u16> {
    published?.strip_prefix("127.0.0.1:")?.parse().ok()
}
