//! Traefik's own API, which listens on a loopback address inside its container.
//!
//! A container of the gateway's image joins the network namespace of the edge and passes connections on
//! from a Unix socket that is the harness's alone. It is started when an answer is asked for, so a run
//! without a red route has no container more.

use std::path::Path;
use std::time::Duration;

use cc_ci_engine::{ContainerSpec, Object, ObjectKind};
use cc_ci_model::{Fault, StackSpec};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::name;
use crate::World;
use crate::gateway::{SOCKET, ask, listens, mounted};
use crate::sockets;

/// Where the API listens; `harness/node` tells Traefik so.
const ADDRESS: &str = "127.0.0.1 8080";
/// Time for one answer.
const ANSWER: Duration = Duration::from_secs(5);
/// Longest answer that is read.
const MOST: u64 = 4 << 20;

/// A router as Traefik knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Router {
    pub(super) name: String,
    pub(super) provider: String,
    pub(super) rule: String,
    /// The entry points that its labels name.
    pub(super) entry_points: Vec<String>,
    pub(super) service: String,
    /// Present where it takes HTTPS.
    pub(super) tls: Option<serde_json::Value>,
    /// Why it does not work.
    pub(super) error: Vec<String>,
    /// `enabled`, `disabled` or `warning`.
    pub(super) status: String,
}

/// A service as Traefik knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) provider: String,
    pub(super) error: Vec<String>,
    pub(super) load_balancer: Option<LoadBalancer>,
}

/// Where a service's requests go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct LoadBalancer {
    pub(super) servers: Vec<Server>,
}

/// One task.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Server {
    /// `http://10.0.0.3:80`
    pub(super) url: String,
}

/// What Traefik knows of the stack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) routers: Vec<Router>,
    pub(super) services: Vec<Service>,
}

/// Asks the edge of `stack`.
///
/// # Errors
/// [`Fault::Edge`], or the engine's own.
pub(super) async fn ask_edge(
    world: &World,
    stack: &StackSpec,
    labels: &[(String, String)],
) -> Result<Known, Fault> {
    let broken = |message: String| Fault::Edge { message };
    let folder = sockets::make(&world.site.sockets, &stack.name, "edge-api")
        .map_err(|error| broken(format!("no folder for a socket can be made: {error}")))?;
    let socket = folder.join(SOCKET);
    if UnixStream::connect(&socket).await.is_err() {
        start(world, stack, labels, &folder).await?;
    }
    let routers = get(&socket, "/api/http/routers?per_page=1000").await.map_err(broken)?;
    let services = get(&socket, "/api/http/services?per_page=1000").await.map_err(broken)?;
    Ok(Known { routers, services })
}

async fn start(
    world: &World,
    stack: &StackSpec,
    labels: &[(String, String)],
    folder: &Path,
) -> Result<(), Fault> {
    let engine = world.site.engine.as_ref();
    let own = format!("{}-api", name(stack));
    let old = Object::known(ObjectKind::Container, own.clone(), own.clone());
    engine.remove(&old).await.map_err(|error| error.fault())?;
    let spec = ContainerSpec {
        name: own,
        image: world.site.gateway_image.clone(),
        labels: labels.iter().cloned().collect(),
        mounts: vec![mounted(folder)],
        networks: vec![format!("container:{}", name(stack))],
        ..ContainerSpec::default()
    };
    let id = engine.start_container(&spec).await.map_err(|error| error.fault())?;
    let opened = listens(engine, &id, &folder.join(SOCKET)).await;
    opened.map_err(|fault| {
        let Fault::Gateway { message } = fault else { return fault };
        Fault::Edge { message: format!("the way to its API does not open: {message}") }
    })
}

/// One request in HTTP/1.0, whose answer comes in one piece.
async fn get<T: DeserializeOwned>(socket: &Path, path: &str) -> Result<T, String> {
    let asked = async {
        let (mut stream, answer) = ask(socket, &format!("dial {ADDRESS}\n")).await?;
        if answer != "ok" {
            return Err(std::io::Error::other(answer));
        }
        let request = format!("GET {path} HTTP/1.0\r\nHost: edge\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut text = Vec::new();
        stream.take(MOST).read_to_end(&mut text).await?;
        Ok(text)
    };
    let text = timeout(ANSWER, asked).await.map_err(|_| format!("{path}: no answer"))?;
    let text = text.map_err(|error| format!("{path}: {error}"))?;
    let text = String::from_utf8_lossy(&text);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    if head.split(' ').nth(1) != Some("200") {
        return Err(format!("{path}: {}", head.lines().next().unwrap_or_default()));
    }
    serde_json::from_str(body).map_err(|error| format!("{path}: {error}"))
}
