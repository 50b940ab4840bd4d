use std::path::Path;

use cc_ci_engine::stack::{self, SecretValues};
use cc_ci_probe::{Access, DialError, Gateway, dial as dialer};
use tokio::net::UnixListener;

use super::*;
use crate::testing::{Scene, services};

/// What the real container runs, on this machine.
#[path = "../../../../recipes/images/gateway/gateway.rs"]
#[expect(dead_code, unreachable_pub, reason = "it is a program of its own")]
mod program;

/// The program behind a socket in `folder`, in a thread that ends with the test's process.
fn started(folder: &Path) -> PathBuf {
    let socket = folder.join("gateway.sock");
    let listener = program::open(&socket).unwrap();
    std::thread::spawn(move || program::serve(&listener));
    socket
}

/// A container that answers every request with `answer`.
async fn answering(folder: &Path, answer: &'static str) -> PathBuf {
    let socket = folder.join("gateway.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 256]).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    socket
}

/// A relay to the tasks of a scene, with the way there.
async fn relay(scene: &Scene, socket: PathBuf) -> (Working, Access) {
    let own = Selector::stack("unit-abc123");
    let (user, password) = ("probe".to_owned(), "s3cret".to_owned());
    let engine = scene.world.site.engine.clone();
    let relay = Relay { engine, own, socket, user: user.clone(), password: password.clone() };
    let (address, working) = relay.start().await.unwrap();
    let gateway = Some(Gateway { address, user, password });
    (working, Access { gateway, edge: None })
}

async fn scene() -> Scene {
    let mut spec = services(&[("app", "app:1", &[])]);
    let default = cc_ci_engine::contract::one_service(&spec.name, "app:1");
    spec.networks = default.networks;
    let scene = Scene::new(spec.clone(), cc_ci_suite::Suite::default());
    let engine = scene.world.site.engine.as_ref();
    let label = (cc_ci_engine::LABEL_NAMESPACE.to_owned(), spec.name.to_string());
    stack::deploy(engine, &spec, &[label], &SecretValues::new()).await.unwrap();
    sleep(Duration::from_secs(5)).await;
    scene
}

async fn error(access: &Access, host: &str) -> DialError {
    let dial = dialer(cc_ci_model::Vantage::Network, access).unwrap();
    dial.tcp(host, 80).await.err().unwrap()
}

#[rstest::rstest]
#[case::refused("refused\n", "app", "connection refused")]
#[case::unreachable("unreachable\n", "app", "host unreachable")]
#[case::timeout("timeout\n", "app", "timed out")]
#[case::broken("bad news\n", "app", "the gateway does not work")]
#[case::unknown("ok\n", "victim_db", "the stack's networks know no such name")]
#[case::foreign("ok\n", "10.0.0.99", "is not an address of the unit's own tasks")]
#[case::this_machine("ok\n", "127.0.0.1", "is not an address of the unit's own tasks")]
#[tokio::test(start_paused = true)]
async fn each_refusal_has_its_words(
    #[case] answer: &'static str,
    #[case] host: &str,
    #[case] words: &str,
) {
    let folder = tempfile::tempdir().unwrap();
    let scene = scene().await;
    tokio::time::resume();
    let (_working, access) = relay(&scene, answering(folder.path(), answer).await).await;
    let said = error(&access, host).await.to_string();
    assert!(said.contains(words), "{said}");
}

#[tokio::test(start_paused = true)]
async fn without_the_password_nothing_is_dialled() {
    let folder = tempfile::tempdir().unwrap();
    let scene = scene().await;
    tokio::time::resume();
    let (_working, mut access) = relay(&scene, answering(folder.path(), "ok\n").await).await;
    if let Some(gateway) = &mut access.gateway {
        gateway.password = "guess".to_owned();
    }
    let refused = error(&access, "app").await;
    assert!(matches!(refused, DialError::Gateway { .. }), "{refused:?}");
}

#[tokio::test]
async fn the_program_dials_and_passes_on() {
    let folder = tempfile::tempdir().unwrap();
    let socket = started(folder.path());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = listener.local_addr().unwrap();
    let line = format!("dial {} {}\nhello", app.ip(), app.port());
    let (mut stream, answer) = ask(&socket, &line).await.unwrap();
    assert_eq!(answer, "ok");
    let (mut other, _) = listener.accept().await.unwrap();
    stream.shutdown().await.unwrap();
    let mut said = String::new();
    other.read_to_string(&mut said).await.unwrap();
    assert_eq!(said, "hello", "what follows the line is for the app");
    other.write_all(b"bye").await.unwrap();
    drop(other);
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    assert_eq!(said, "bye");
    drop(listener);
    let line = format!("dial {} {}\n", app.ip(), app.port());
    assert_eq!(ask(&socket, &line).await.unwrap().1, "refused");
}

#[rstest::rstest]
#[case("dial app 80\n")]
#[case("dial 10.0.0.1\n")]
#[case("dial 10.0.0.1 80,81\n")]
#[case("dial 10.0.0.1 99999\n")]
#[case("exec 10.0.0.1 80\n")]
#[case("\n")]
#[tokio::test]
async fn the_program_takes_addresses_and_nothing_else(#[case] line: &str) {
    let folder = tempfile::tempdir().unwrap();
    let socket = started(folder.path());
    let (_, answer) = ask(&socket, line).await.unwrap();
    assert!(answer.starts_with("bad "), "{answer}");
}

#[tokio::test]
async fn the_decoy_answers_as_a_stranger() {
    let folder = tempfile::tempdir().unwrap();
    let socket = started(folder.path());
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let (_, answer) = ask(&socket, &format!("decoy 127.0.0.1 {port}\n")).await.unwrap();
    assert_eq!(answer, "ok");
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    let (head, body) = said.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 421 "), "{head}");
    assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
}
