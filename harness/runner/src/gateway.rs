//! The unit's door into its stack's networks.

use std::net::SocketAddr;
use std::time::Duration;

use cc_ci_engine::{ContainerSpec, Engine, HostPort, Object, ObjectKind};
use cc_ci_model::{Fault, StackSpec};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout_at};

/// Port of the SOCKS server in the gateway's image.
const SOCKS_PORT: u16 = 1080;
/// Time until the gateway answers; it is a process of a few kilobytes.
const LIMIT: Duration = Duration::from_secs(20);

/// Starts the gateway on the bridge with a loopback port and joins it to the stack's networks.
///
/// # Errors
/// [`Fault::Gateway`], or the engine's own.
pub(crate) async fn open(
    engine: &dyn Engine,
    stack: &StackSpec,
    image: &str,
    labels: &[(String, String)],
) -> Result<SocketAddr, Fault> {
    let spec = ContainerSpec {
        name: name(stack),
        image: image.to_owned(),
        labels: labels.iter().cloned().collect(),
        ports: vec![HostPort { target: SOCKS_PORT, address: "127.0.0.1".to_owned(), port: 0 }],
        init: true,
        ..ContainerSpec::default()
    };
    let id = engine.start_container(&spec).await.map_err(|error| error.fault())?;
    for network in stack.networks.values() {
        engine.connect(&id, &network.name, &[]).await.map_err(|error| error.fault())?;
    }
    let state = engine.container(&id).await.map_err(|error| error.fault())?;
    if state.state != "running" {
        let logs = engine.logs(&id, 5).await.unwrap_or_default();
        let said = String::from_utf8_lossy(&logs).trim().to_owned();
        let message = format!("it is {} instead of running; it said {said:?}", state.state);
        return Err(Fault::Gateway { message });
    }
    let published = state.ports.get(&format!("{SOCKS_PORT}/tcp"));
    let address = published.and_then(|address| address.parse().ok()).ok_or_else(|| {
        Fault::Gateway { message: format!("it has no loopback port, only {:?}", state.ports) }
    })?;
    answers(address).await?;
    Ok(address)
}

/// Opens the gateway anew where its container lost its life; its loopback port is another one then.
///
/// # Errors
/// [`Fault::Gateway`], or the engine's own.
pub(crate) async fn reopen(
    engine: &dyn Engine,
    stack: &StackSpec,
    image: &str,
    labels: &[(String, String)],
) -> Result<SocketAddr, Fault> {
    let name = name(stack);
    let old = Object::known(ObjectKind::Container, name.clone(), name);
    engine.remove(&old).await.map_err(|error| error.fault())?;
    open(engine, stack, image, labels).await
}

/// Joins the gateway to the networks that `new` has and `old` has not.
///
/// # Errors
/// The engine's own.
pub(crate) async fn follow(
    engine: &dyn Engine,
    old: &StackSpec,
    new: &StackSpec,
) -> Result<(), Fault> {
    let known = |name: &str| old.networks.values().any(|network| network.name == name);
    for network in new.networks.values().filter(|network| !known(&network.name)) {
        engine.connect(&name(new), &network.name, &[]).await.map_err(|error| error.fault())?;
    }
    Ok(())
}

/// The name of its container.
pub(crate) fn name(stack: &StackSpec) -> String {
    format!("{}_cc-ci-gateway", stack.name)
}

/// Waits until the SOCKS server greets back; the engine opens the port before the server listens.
async fn answers(address: SocketAddr) -> Result<(), Fault> {
    let deadline = Instant::now() + LIMIT;
    loop {
        let error = match timeout_at(deadline, greet(address)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the connection opens, but nobody speaks".to_owned(),
        };
        if Instant::now() >= deadline {
            let message = format!("{address} did not greet within {} s: {error}", LIMIT.as_secs());
            return Err(Fault::Gateway { message });
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// SOCKS 5 greeting without authentication (RFC 1928, section 3).
async fn greet(address: SocketAddr) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&[5, 1, 0]).await?;
    let mut answer = [0; 2];
    stream.read_exact(&mut answer).await?;
    if answer == [5, 0] { Ok(()) } else { Err(std::io::Error::other("no SOCKS 5 server")) }
}
