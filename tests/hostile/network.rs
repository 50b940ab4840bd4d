//! What a task can connect to. The app stands (`--keep`), and the test tries from inside its container.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use cc_ci_docker::Docker;
use cc_ci_engine::{ContainerState, Containers, ExecSpec, LABEL_RUN, Selector, Swarm as _, Window};
use cc_ci_testkit::NodeGuard;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};

use crate::stage::{Attack, PROGRAM};

/// An instance that stands, and how to look out of it.
struct Standing {
    attack: Attack,
    run: String,
    stack: String,
    /// The container of its task.
    app: ContainerState,
}

async fn node() -> NodeGuard<Docker> {
    cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await
}

async fn stand(node: &NodeGuard<Docker>, recipe: &str, name: &str) -> Standing {
    let attack = Attack::of(recipe);
    let folder = attack.folder(name);
    let path = attack.recipe.display().to_string();
    attack
        .checkout
        .say(folder.words(["run", &path, "--tiers", "deploy", "--keep"]))
        .await
        .expect(0);
    let run = folder.run().to_string();
    let containers = node.engine().containers(&Selector::label(LABEL_RUN, &run)).await.unwrap();
    let app = containers.into_iter().find(|c| c.name.contains("_app.")).unwrap();
    let stack = app.name.split("_app.").next().unwrap().to_owned();
    Standing { attack, run, stack, app }
}

impl Standing {
    async fn own(&self, node: &NodeGuard<Docker>, part: &str) -> ContainerState {
        node.engine().container(&format!("{}_cc-ci-{part}", self.stack)).await.unwrap()
    }

    /// Which of these addresses a process in the task's container can open a connection to.
    async fn reaches(
        &self,
        node: &NodeGuard<Docker>,
        targets: &[(IpAddr, u16)],
    ) -> BTreeSet<(IpAddr, u16)> {
        let tries = targets.iter().map(|(address, port)| {
            format!("(timeout 2 bash -c '</dev/tcp/{address}/{port}' && echo {address} {port}) &\n")
        });
        let script = format!("{}wait", tries.collect::<String>());
        let exec = ExecSpec::new(["bash", "-c", &script]).within(Duration::from_secs(120));
        let said = node.engine().exec(&self.app.id, &exec).await.unwrap().text();
        let pair = |line: &str| {
            let (address, port) = line.split_once(' ')?;
            Some((address.parse().ok()?, port.parse().ok()?))
        };
        said.lines().filter_map(pair).collect()
    }

    async fn bash(&self, node: &NodeGuard<Docker>, script: &str) -> String {
        let exec = ExecSpec::new(["bash", "-c", script]).within(Duration::from_secs(60));
        node.engine().exec(&self.app.id, &exec).await.unwrap().text()
    }

    /// Ends the kept instance with the project's own command.
    async fn end(self, node: &NodeGuard<Docker>) {
        self.attack.checkout.say(["reap", &self.run, "--kept", "--yes"]).await.expect(0);
        let left = node.engine().inventory(&Selector::label(LABEL_RUN, &self.run)).await.unwrap();
        assert!(left.is_empty(), "{left:?}");
    }
}

fn addresses(container: &ContainerState) -> Vec<IpAddr> {
    container.addresses.values().filter_map(|address| address.parse().ok()).collect()
}

/// Addresses and ports on which this machine listens (proc(5), /proc/net/tcp: state 0A). A socket of IPv6
/// for all addresses takes connections of IPv4 too.
fn listening() -> BTreeSet<(Ipv4Addr, u16)> {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let (old, new) = (read("/proc/net/tcp"), read("/proc/net/tcp6"));
    let socket = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.get(3) != Some(&"0A") {
            return None;
        }
        let (address, port) = words[1].split_once(':')?;
        let port = u16::from_str_radix(port, 16).ok()?;
        if address.len() > 8 {
            let all = address.bytes().all(|digit| digit == b'0');
            return all.then_some((Ipv4Addr::UNSPECIFIED, port));
        }
        let address = u32::from_str_radix(address, 16).ok()?;
        Some((Ipv4Addr::from(address.to_le_bytes()), port))
    };
    old.lines().chain(new.lines()).filter_map(socket).collect()
}

/// IPv4 addresses of this machine that a container may have a way to.
fn of_this_machine() -> BTreeSet<IpAddr> {
    let text = std::fs::read_to_string("/proc/net/fib_trie").unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let local = lines.windows(2).filter(|pair| pair[1].contains("/32 host LOCAL"));
    local.filter_map(|pair| pair[0].rsplit(' ').next()?.parse().ok()).collect()
}

#[tokio::test]
async fn what_listens_for_this_machine_alone_is_out_of_reach() {
    let node = node().await;
    let app = stand(&node, "network-attacker", "host").await;
    let sockets = listening();
    let registry = sockets.contains(&(Ipv4Addr::LOCALHOST, 5055));
    assert!(registry, "the registry listens while the test runs: {sockets:?}");
    let machine = of_this_machine();
    let ports: BTreeSet<u16> = sockets.iter().map(|(_, port)| *port).collect();
    // The task's own loopback addresses are its own.
    let machine = machine.iter().filter(|address| !address.is_loopback());
    let targets: Vec<_> =
        machine.flat_map(|address| ports.iter().map(|port| (*address, *port))).collect();
    let reached = app.reaches(&node, &targets).await;
    for (address, port) in &reached {
        let open = sockets.iter().any(|(on, listens)| {
            listens == port && (on.is_unspecified() || IpAddr::V4(*on) == *address)
        });
        assert!(open, "{address}:{port} listens on a loopback address and was reached");
    }
    println!("reached of this machine, because it listens on all addresses: {reached:?}");
    app.end(&node).await;
    node.finish().await;
}

#[tokio::test]
async fn gateway_and_edge_offer_nothing_but_the_edge_and_the_decoy() {
    let node = node().await;
    let app = stand(&node, "network-attacker", "doors").await;
    let (gateway, edge) = (app.own(&node, "gateway").await, app.own(&node, "edge").await);
    // A SOCKS server, Traefik's API and metrics, the engine's own ports, and what the images expose.
    let ports: Vec<u16> = [1080, 2375, 2376, 2377, 4789, 5000, 7946, 8082, 8888, 9100]
        .into_iter()
        .chain(8000..8100)
        .collect();
    let mut targets = Vec::new();
    for address in addresses(&gateway).into_iter().chain(addresses(&edge)) {
        targets.extend(ports.iter().map(|port| (address, *port)));
    }
    let reached = app.reaches(&node, &targets).await;
    let decoy = [5000, 8000, 8008, 8080, 8081];
    for (address, port) in &reached {
        assert!(addresses(&gateway).contains(address), "the edge listens on {port}");
        assert!(decoy.contains(port), "the gateway listens on {port}");
    }
    // The decoy answers and connects nobody.
    let address = gateway.addresses.iter().find(|(network, _)| network.starts_with("zz-proxy-"));
    let (_, address) = address.unwrap();
    let asked = "exec 3<>/dev/tcp/{}/8080; printf 'CONNECT 127.0.0.1:80 HTTP/1.1\\r\\n\\r\\n' >&3; \
                 timeout 3 head -n 1 <&3";
    let said = app.bash(&node, &asked.replace("{}", address)).await;
    assert_eq!(said, "HTTP/1.1 421 Misdirected Request");
    // The gateway is on the other network too, and answers nothing there.
    let others: Vec<_> =
        addresses(&gateway).into_iter().filter(|a| a.to_string() != *address).collect();
    assert!(!others.is_empty() && reached.iter().all(|(a, _)| !others.contains(a)), "{reached:?}");
    app.end(&node).await;
    node.finish().await;
}

/// An open connection proves nothing: where the machine's way out leads through a proxy, that answers for
/// every address. So the neighbour is known by what only it says.
#[tokio::test]
async fn a_neighbours_service_is_out_of_reach() {
    let node = node().await;
    let (app, victim) = tokio::join!(
        stand(&node, "network-attacker", "attacker"),
        stand(&node, "network-attacker", "victim")
    );
    let mark = format!("mark of {}", victim.stack);
    victim.bash(&node, &format!("echo '{mark}' >/usr/share/nginx/html/mark.txt")).await;
    let doors = [victim.own(&node, "gateway").await, victim.own(&node, "edge").await];
    let containers = doors.iter().chain([&victim.app]);
    let mut hosts: Vec<String> = containers.flat_map(addresses).map(|a| a.to_string()).collect();
    hosts.extend([format!("{}_app", victim.stack), victim.app.name.clone()]);
    assert!(hosts.len() >= 6, "{hosts:?}");
    // The mark itself, the decoy's answer, and the way on that an edge tells to visitors.
    let is_the_neighbours = |said: &str| {
        [mark.as_str(), "421 Misdirected", "ocation: https://"]
            .iter()
            .any(|sign| said.contains(sign))
    };
    let ask = |host: &str| format!("curl -s -i -m 3 http://{host}/mark.txt || true");
    for host in &hosts {
        let said = app.bash(&node, &ask(host)).await;
        assert!(!is_the_neighbours(&said), "{host}: {said}");
    }
    // The test looks at the right places: the neighbour itself gets these answers.
    for host in &hosts {
        let said = victim.bash(&node, &ask(host)).await;
        let gateway = doors[0].addresses.iter();
        let quiet = gateway.filter(|(network, _)| !network.starts_with("zz-proxy-"));
        let quiet = quiet.map(|(_, address)| address).any(|address| address == host);
        assert!(quiet || is_the_neighbours(&said), "{host}: {said}");
    }
    app.end(&node).await;
    victim.end(&node).await;
    node.finish().await;
}

/// The fault of a real recipe: its proxy called `app` on the network that all stacks share, and got the
/// `app` of another stack.
#[tokio::test]
async fn a_name_that_other_stacks_have_too_is_answered_by_another_stack() {
    let node = node().await;
    let app = stand(&node, "shared-alias", "alias").await;
    let front = node.engine().containers(&Selector::label(LABEL_RUN, &app.run)).await.unwrap();
    let front = front.into_iter().find(|c| c.name.contains("_front.")).unwrap();
    let read = ExecSpec::new(["cat", "/usr/share/nginx/html/answers.txt"]);
    let said = node.engine().exec(&front.id, &read).await.unwrap().text();
    assert!(said.contains("421"), "the decoy was never asked: {said}");
    app.end(&node).await;
    node.finish().await;
}

/// One request over a socket or a TCP connection, as a program without any library would send it.
async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, method: &str, path: &str) -> String {
    let body = if method == "GET" { "" } else { "{}" };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok());
    status.unwrap_or_else(|| panic!("{answer:?} is no answer"))
}

/// Traefik was taken over by the app: what its socket to the engine gives away.
#[tokio::test]
async fn the_edges_window_shows_its_own_stack_and_changes_nothing() {
    let node = node().await;
    let app = stand(&node, "network-attacker", "window").await;
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str, stack: &str| Window {
        socket: folder.path().join(name),
        stack: stack.to_owned(),
        networks: [(format!("zz-proxy-{stack}"), "proxy".to_owned())].into(),
    };
    let (own, other) = (open("own", &app.stack), open("other", "some-other-stack"));
    let windows = (
        node.engine().open_window(&own).await.unwrap(),
        node.engine().open_window(&other).await.unwrap(),
    );
    let through = async |window: &Window, method: &str, path: &str| {
        let stream = UnixStream::connect(&window.socket).await.unwrap();
        ask(stream, method, path).await
    };
    let service = format!("{}_app", app.stack);
    let shown = through(&own, "GET", "/v1.41/services").await;
    assert!(status(&shown) == 200 && shown.contains(&service), "{shown}");
    // A filter of the reader's makes the answer shorter and never longer.
    for path in ["/services", "/tasks", "/tasks?filters=%7B%22label%22%3A%7B%7D%7D"] {
        let shown = through(&other, "GET", path).await;
        assert!(status(&shown) == 200 && shown.trim_end().ends_with("[]"), "{path}: {shown}");
    }
    let shown = through(&other, "GET", "/networks").await;
    assert!(!shown.contains(&app.stack), "{shown}");
    let id = &app.app.id;
    let reads = [
        "/containers/json".to_owned(),
        format!("/containers/{id}/json"),
        format!("/containers/{id}/archive?path=/etc"),
        format!("/services/{service}"),
        "/secrets".to_owned(),
        "/configs".to_owned(),
        "/volumes".to_owned(),
        "/images/json".to_owned(),
        "/info".to_owned(),
        "/swarm".to_owned(),
        "/swarm/unlockkey".to_owned(),
        "/nodes".to_owned(),
        "/nodes/../containers/json".to_owned(),
        "/v1.41/../containers/json".to_owned(),
        "//containers/json".to_owned(),
        "/services/../secrets".to_owned(),
        "/%73ecrets".to_owned(),
        "/services%2f..%2fsecrets".to_owned(),
        "http://engine/containers/json".to_owned(),
    ];
    for path in &reads {
        let answer = through(&own, "GET", path).await;
        assert_eq!(status(&answer), 403, "GET {path}: {answer}");
    }
    let writes = [
        ("POST", "/containers/create".to_owned()),
        ("POST", "/services/create".to_owned()),
        ("POST", format!("/containers/{id}/kill")),
        ("POST", format!("/containers/{id}/exec")),
        ("POST", "/services".to_owned()),
        ("DELETE", format!("/services/{service}")),
        ("PUT", "/services".to_owned()),
        ("PATCH", "/tasks".to_owned()),
        ("POST", "/v1.41/swarm/leave?force=true".to_owned()),
        ("POST", "/_ping".to_owned()),
    ];
    for (method, path) in &writes {
        let answer = through(&own, method, path).await;
        assert_eq!(status(&answer), 403, "{method} {path}: {answer}");
    }
    let alive = node.engine().container(id).await.unwrap();
    assert_eq!(alive.state, "running");
    drop(windows);
    app.end(&node).await;
    node.finish().await;
}

/// A process on the machine's loopback address, where the registry listens: it reads and cannot write.
#[tokio::test]
async fn the_registry_takes_nothing_in() {
    let node = node().await;
    let app = stand(&node, "network-attacker", "registry").await;
    let registry = async |method: &str, path: &str| {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, 5055)).await.unwrap();
        ask(stream, method, path).await
    };
    let read = registry("GET", "/v2/_catalog").await;
    assert!(status(&read) == 200 && read.contains("cc-ci/nginx"), "{read}");
    let writes = [
        ("PUT", "/v2/cc-ci/nginx/manifests/1.26"),
        ("PUT", "/v2/new/manifests/latest"),
        ("POST", "/v2/cc-ci/nginx/blobs/uploads/"),
        ("PATCH", "/v2/cc-ci/nginx/blobs/uploads/1"),
        ("DELETE", "/v2/cc-ci/nginx/manifests/1.26"),
    ];
    for (method, path) in writes {
        let answer = registry(method, path).await;
        assert!(matches!(status(&answer), 404 | 405), "{method} {path}: {answer}");
    }
    let after = registry("GET", "/v2/_catalog").await;
    assert_eq!(after.split("\r\n\r\n").nth(1), read.split("\r\n\r\n").nth(1));
    app.end(&node).await;
    node.finish().await;
}
