//! The gateway's container, and the whole way through it.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cc_ci_engine::{ContainerSpec, Engine, Mount, Object, ObjectKind, Selector};
use cc_ci_model::{Fault, Secret, StackSpec};
use tokio::time::{Instant, sleep, timeout};

use super::relay::{Relay, Working, ask};
use crate::World;
use crate::edge;
use crate::sockets;
use crate::status::status;

/// Where the image listens; its folder is the mounted one.
const FOLDER: &str = "/run/gateway";
pub(crate) const SOCKET: &str = "gateway.sock";
/// Time until the container listens; it is a process of a few kilobytes.
const LIMIT: Duration = Duration::from_secs(60);
/// Time for an answer of the app.
const ANSWER: Duration = Duration::from_secs(5);
/// A network of the node itself. No container of ours joins it: everything that listens on the node
/// would be within its reach.
const HOST: &str = "host";

/// The open way into a stack's networks.
#[derive(Debug)]
pub(crate) struct Gateway {
    /// Where probes find it.
    pub(crate) access: cc_ci_probe::Gateway,
    socket: PathBuf,
    relay: Working,
}

impl Gateway {
    /// The status with which the app at this address answers a plain request for `host`.
    ///
    /// # Errors
    /// How it failed, in words.
    pub(crate) async fn status(&self, ip: IpAddr, port: u16, host: &str) -> Result<u16, String> {
        let asked = async {
            let (mut stream, answer) = ask(&self.socket, &format!("dial {ip} {port}\n")).await?;
            if answer != "ok" {
                return Err(io::Error::other(answer));
            }
            status(&mut stream, host).await
        };
        let answer = timeout(ANSWER, asked).await.map_err(|_| "no answer".to_owned())?;
        answer.map_err(|error| error.to_string())
    }

    /// Closes it. The container stays for the tear-down.
    pub(crate) async fn close(self) {
        self.relay.end().await;
    }
}

/// Starts the container in the stack's networks and the relay in this process.
///
/// # Errors
/// [`Fault::Gateway`], or the engine's own.
pub(crate) async fn open(
    world: &World,
    stack: &StackSpec,
    labels: &[(String, String)],
) -> Result<Gateway, Fault> {
    let engine = world.site.engine.as_ref();
    let folder = sockets::make(&world.site.sockets, &stack.name, "gateway").map_err(|error| {
        let message = format!("no folder for its socket can be made: {error}");
        Fault::Gateway { message }
    })?;
    let socket = folder.join(SOCKET);
    let mut networks = joined(stack);
    if networks.is_empty() {
        networks.push("none".to_owned());
    }
    let spec = ContainerSpec {
        name: name(stack),
        image: world.site.gateway_image.clone(),
        labels: labels.iter().cloned().collect(),
        mounts: vec![mounted(&folder)],
        networks,
        aliases: edge::decoy_aliases(stack),
        init: true,
        ..ContainerSpec::default()
    };
    let id = engine.start_container(&spec).await.map_err(|error| error.fault())?;
    listens(engine, &id, &socket).await?;
    decoy(engine, stack, &id, &socket).await?;
    let (user, password) = ("probe".to_owned(), world.entropy.word(32, ALPHABET));
    // The password is long enough to be hidden in every form.
    let _ = world.journal.hide([&Secret::from(password.as_str())]);
    let relay = Relay {
        engine: world.site.engine.clone(),
        own: Selector::stack(stack.name.as_str()),
        socket: socket.clone(),
        user: user.clone(),
        password: password.clone(),
    };
    let (address, relay) = relay.start().await.map_err(|error| Fault::Gateway {
        message: format!("no loopback port can be had: {error}"),
    })?;
    let access = cc_ci_probe::Gateway { address, user, password };
    Ok(Gateway { access, socket, relay })
}

/// What a password is made of; it stands in URLs.
const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

/// Opens the gateway anew where its container has ended.
///
/// # Errors
/// [`Fault::Gateway`], or the engine's own.
pub(crate) async fn reopen(
    world: &World,
    stack: &StackSpec,
    labels: &[(String, String)],
) -> Result<Gateway, Fault> {
    let name = name(stack);
    let old = Object::known(ObjectKind::Container, name.clone(), name);
    world.site.engine.remove(&old).await.map_err(|error| error.fault())?;
    open(world, stack, labels).await
}

/// Joins the gateway to the networks that `new` has and `old` has not.
///
/// # Errors
/// [`Fault::Gateway`], or the engine's own.
pub(crate) async fn follow(
    world: &World,
    gateway: &Gateway,
    (old, new): (&StackSpec, &StackSpec),
) -> Result<(), Fault> {
    let engine = world.site.engine.as_ref();
    let (known, aliases) = (joined(old), edge::decoy_aliases(new));
    for network in joined(new).iter().filter(|network| !known.contains(network)) {
        let aliases = aliases.get(network).map(Vec::as_slice).unwrap_or_default();
        engine.connect(&name(new), network, aliases).await.map_err(|error| error.fault())?;
    }
    if edge::network(old).is_none() {
        decoy(engine, new, &name(new), &gateway.socket).await?;
    }
    Ok(())
}

/// The name of its container.
pub(crate) fn name(stack: &StackSpec) -> String {
    format!("{}_cc-ci-gateway", stack.name)
}

/// The networks that it joins, by their names on the engine.
fn joined(stack: &StackSpec) -> Vec<String> {
    let networks = stack.networks.values().map(|network| network.name.clone());
    networks.filter(|name| name != HOST).collect()
}

/// Lets the container answer in the decoy's place, where the stack has the network for it.
async fn decoy(
    engine: &dyn Engine,
    stack: &StackSpec,
    id: &str,
    socket: &Path,
) -> Result<(), Fault> {
    let Some(network) = edge::network(stack) else { return Ok(()) };
    let state = engine.container(id).await.map_err(|error| error.fault())?;
    let broken = |message: String| Fault::Gateway { message };
    let address = state.addresses.get(network);
    let address = address.ok_or_else(|| broken(format!("it has no address in {network}")))?;
    let ports: Vec<_> = edge::DECOY_PORTS.iter().map(u16::to_string).collect();
    let line = format!("decoy {address} {}\n", ports.join(","));
    match ask(socket, &line).await {
        Ok((_, answer)) if answer == "ok" => Ok(()),
        Ok((_, answer)) => Err(broken(format!("it cannot be the decoy: {answer}"))),
        Err(error) => Err(broken(format!("it does not answer: {error}"))),
    }
}

/// The folder of a gateway's socket, as the container of the gateway's image sees it.
pub(crate) fn mounted(folder: &Path) -> Mount {
    let source = folder.display().to_string();
    Mount { source, target: FOLDER.to_owned(), read_only: false }
}

/// Waits until a container of the gateway's image listens on `socket`.
///
/// # Errors
/// [`Fault::Gateway`], or the engine's own.
pub(crate) async fn listens(engine: &dyn Engine, id: &str, socket: &Path) -> Result<(), Fault> {
    let deadline = Instant::now() + LIMIT;
    loop {
        let Err(error) = tokio::net::UnixStream::connect(socket).await else { return Ok(()) };
        let state = engine.container(id).await.map_err(|error| error.fault())?;
        if state.state != "running" {
            let logs = engine.logs(id, 5).await.unwrap_or_default();
            let said = String::from_utf8_lossy(&logs).trim().to_owned();
            let message = format!("it is {} instead of running; it said {said:?}", state.state);
            return Err(Fault::Gateway { message });
        }
        if Instant::now() >= deadline {
            let seconds = LIMIT.as_secs();
            let message = format!("it does not listen within {seconds} s: {error}");
            return Err(Fault::Gateway { message });
        }
        sleep(Duration::from_millis(20)).await;
    }
}
