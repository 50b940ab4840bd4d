//! The leg's own edge: Traefik on a private network that stands in for the one that stacks share.
//!
//! It reads the engine through a window that shows this stack alone, under the name of the shared
//! network, so that the recipe's own labels are what is tested. The gateway's container is the decoy on
//! that network: it carries the names that other stacks bring there and answers as they would.

mod api;
mod explain;
mod why;

pub(crate) use why::explained;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use cc_ci_engine::{ContainerSpec, Engine, HostPort, Mount, Object, ObjectKind, Window};
use cc_ci_model::{Fault, NetworkSpec, StackName, StackSpec};
use cc_ci_probe::Edge;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::World;
use crate::sockets;

/// The network that stacks share with the proxy, by Co-op Cloud's convention.
pub(crate) const SHARED: &str = "proxy";
/// Names that other stacks bring to the shared network: every recipe calls its main service `app`, and
/// these are the commonest others in the recipes of the Co-op Cloud catalogue.
const DECOY_NAMES: [&str; 5] = ["app", "db", "web", "redis", "api"];
/// Ports on which such services listen.
pub(crate) const DECOY_PORTS: [u16; 12] =
    [80, 443, 3000, 3306, 5000, 5432, 6379, 8000, 8008, 8080, 8081, 9000];
/// Where Traefik finds the window's socket.
const FOLDER: &str = "/run/engine";
const SOCKET: &str = "engine.sock";
/// How long it may take until it answers.
const LIMIT: Duration = Duration::from_secs(60);
/// Longest time for one answer.
const ANSWER: Duration = Duration::from_secs(2);

/// What an edge is started from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeKit {
    /// Image of Traefik, by digest.
    pub image: String,
    /// Its command line without the engine's address and the network's name.
    pub command: Vec<String>,
    /// The folder with its certificate and the file that names it.
    pub certificates: PathBuf,
    /// Where it expects that folder.
    pub mounted_at: String,
    /// The certificate of the authority that probes trust, PEM.
    pub ca_pem: String,
}

/// An edge at work.
pub(crate) struct LegEdge {
    /// Where probes find it.
    pub(crate) access: Edge,
    /// Traefik reads the engine here for as long as this lives; after that it keeps the routes that it
    /// knows.
    _window: Box<dyn Send + Sync>,
}

/// The private network's name. It sorts behind every network of the stack's own: Docker asks the
/// networks of a container in the order of their names, and a name that the stack's own network knows
/// must not be answered by the decoy.
pub(crate) fn network_name(stack: &StackName) -> String {
    format!("zz-proxy-{stack}")
}

/// The private network that stands in for the shared one.
pub(crate) fn stand_in(stack: &StackName, shared: &NetworkSpec) -> NetworkSpec {
    NetworkSpec {
        name: network_name(stack),
        external: false,
        driver: "overlay".to_owned(),
        attachable: true,
        ..shared.clone()
    }
}

/// The private network of the stack, where it has one.
pub(crate) fn network(stack: &StackSpec) -> Option<&str> {
    let name = network_name(&stack.name);
    stack.networks.values().map(|n| n.name.as_str()).find(|found| *found == name)
}

/// The names that the decoy has beside its own, by network.
pub(crate) fn decoy_aliases(stack: &StackSpec) -> BTreeMap<String, Vec<String>> {
    let names = || DECOY_NAMES.map(str::to_owned).to_vec();
    network(stack).map(|network| (network.to_owned(), names())).into_iter().collect()
}

/// The name of its container.
pub(crate) fn name(stack: &StackSpec) -> String {
    format!("{}_cc-ci-edge", stack.name)
}

/// Starts the edge of the stack and waits until it answers; nothing where the stack is not on the
/// shared network.
///
/// # Errors
/// [`Fault::Edge`], or the engine's own.
pub(crate) async fn open(
    world: &World,
    stack: &StackSpec,
    labels: &[(String, String)],
) -> Result<Option<LegEdge>, Fault> {
    let Some(private) = network(stack) else { return Ok(None) };
    let (engine, kit) = (world.site.engine.as_ref(), &world.site.edge);
    let folder = sockets::make(&world.site.sockets, &stack.name, "engine").map_err(|error| {
        let message = format!("no folder for the engine's socket can be made: {error}");
        Fault::Edge { message }
    })?;
    let window = Window {
        socket: folder.join(SOCKET),
        stack: stack.name.to_string(),
        networks: shown(stack, private),
    };
    let window = engine.open_window(&window).await.map_err(|error| error.fault())?;
    let mount = |source: &std::path::Path, target: &str| Mount {
        source: source.display().to_string(),
        target: target.to_owned(),
        read_only: true,
    };
    let publish = |target| HostPort { target, address: "127.0.0.1".to_owned(), port: 0 };
    let mut command = kit.command.clone();
    command.push(format!("--providers.swarm.endpoint=unix://{FOLDER}/{SOCKET}"));
    command.push(format!("--providers.swarm.network={SHARED}"));
    let spec = ContainerSpec {
        name: name(stack),
        image: kit.image.clone(),
        command: Some(command),
        labels: labels.iter().cloned().collect(),
        mounts: vec![mount(&folder, FOLDER), mount(&kit.certificates, &kit.mounted_at)],
        ports: vec![publish(80), publish(443)],
        networks: vec![private.to_owned()],
        ..ContainerSpec::default()
    };
    let id = engine.start_container(&spec).await.map_err(|error| error.fault())?;
    let state = engine.container(&id).await.map_err(|error| error.fault())?;
    let port = |port: &str| {
        let published = state.ports.get(port).and_then(|address| address.parse().ok());
        let message = || format!("it has no loopback port for {port}, only {:?}", state.ports);
        published.ok_or_else(|| Fault::Edge { message: message() })
    };
    let (http, https) = (port("80/tcp")?, port("443/tcp")?);
    answers(engine, &id, http).await?;
    let access = Edge { https, http, ca_pem: kit.ca_pem.clone() };
    Ok(Some(LegEdge { access, _window: window }))
}

/// Opens the edge anew where its container has ended; its loopback ports are others then.
///
/// # Errors
/// [`Fault::Edge`], or the engine's own.
pub(crate) async fn reopen(
    world: &World,
    stack: &StackSpec,
    labels: &[(String, String)],
) -> Result<Option<LegEdge>, Fault> {
    let name = name(stack);
    let old = Object::known(ObjectKind::Container, name.clone(), name);
    world.site.engine.remove(&old).await.map_err(|error| error.fault())?;
    open(world, stack, labels).await
}

/// The networks that Traefik may know, and what they are called there.
fn shown(stack: &StackSpec, private: &str) -> BTreeMap<String, String> {
    let shown = |name: &str| if name == private { SHARED } else { name }.to_owned();
    stack.networks.values().map(|n| (n.name.clone(), shown(&n.name))).collect()
}

/// Waits for a permanent redirect: the port alone is open before Traefik is ready.
async fn answers(engine: &dyn Engine, id: &str, http: SocketAddr) -> Result<(), Fault> {
    let deadline = Instant::now() + LIMIT;
    let mut pause = Duration::from_millis(20);
    loop {
        if matches!(timeout(ANSWER, status(http)).await, Ok(Ok(301))) {
            return Ok(());
        }
        if Instant::now() >= deadline {
            let logs = engine.logs(id, 20).await.unwrap_or_default();
            let said = String::from_utf8_lossy(&logs).trim().to_owned();
            let message = format!("it does not answer on {http}; it said:\n{said}");
            return Err(Fault::Edge { message });
        }
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}

/// The status of a plain request.
async fn status(address: SocketAddr) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(address).await?;
    crate::status::status(&mut stream, "edge").await
}
