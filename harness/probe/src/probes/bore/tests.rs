//! The whole probe against a server in this process.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rstest::rstest;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::server::{SECRET, Wrong, start};
use crate::testing::{Authority, ClosedPort, Gateway, error_kind, probe, spec};
use crate::{Access, ProbeError};

async fn run(wrong: Wrong, with: Value) -> Result<(), ProbeError> {
    let access = Access { gateway: Some(Gateway::to_this_machine().await), edge: None };
    let mut with = with;
    with["host"] = "app".into();
    with["port"] = start(wrong).await.port().into();
    let probe = probe("bore", "network", with);
    let run = probe.run(&access).await;
    let held = probe.observed().map(|seen| seen.holds());
    assert_eq!(held, Some(run.is_ok()), "{run:?}: {:?}", probe.observed());
    run
}

/// A port that nobody holds at this moment.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[rstest]
#[case::with_the_secret(Wrong::Nothing, json!({"secret": SECRET}), "ok", "")]
#[case::the_port_asked_for(Wrong::Nothing, json!({"secret": SECRET, "tunnel": free_port()}), "ok", "")]
#[case::without_any(Wrong::Open, json!({}), "ok", "")]
#[case::wrong_secret(Wrong::Nothing, json!({"secret": "guess"}), "unmet", "refused: \"invalid secret\"")]
#[case::secret_missing(Wrong::Nothing, json!({}), "unmet", "asked for a secret, expected the tunnel")]
#[case::serves_strangers(Wrong::Open, json!({"secret": SECRET}), "unmet", "expected a challenge to every client")]
#[case::bad_challenge(Wrong::BadChallenge, json!({"secret": SECRET}), "unmet", "\"guess\", which is no UUID")]
#[case::out_of_range(Wrong::Nothing, json!({"secret": SECRET, "tunnel": 9}), "unmet", "refused: \"not in allowed range\"")]
#[case::another_port(Wrong::OtherPort, json!({"secret": SECRET, "tunnel": free_port()}), "unmet", "opened a tunnel from port")]
#[case::no_news(Wrong::Mute, json!({"secret": SECRET}), "unmet", "did not announce a visitor")]
#[case::hangs_up(Wrong::HangsUp, json!({"secret": SECRET}), "unmet", "does not carry")]
#[case::garbles(Wrong::Garbles, json!({"secret": SECRET}), "unmet", "\"CC-CI ASKS")]
#[case::another_protocol(Wrong::Stranger, json!({"secret": SECRET}), "no answer", "SSH-2.0")]
#[case::no_end(Wrong::Endless, json!({"secret": SECRET}), "no answer", "256 bytes without an end")]
#[tokio::test]
async fn a_tunnel(
    #[case] wrong: Wrong,
    #[case] with: Value,
    #[case] kind: &str,
    #[case] words: &str,
) {
    let run = run(wrong, with).await;
    assert_eq!(error_kind(&run), kind, "{run:?}");
    let said = run.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(said.contains(words), "{said}");
}

#[rstest]
#[case::wrong_secret(Wrong::Nothing, json!({"secret": "guess", "expect_reject": "invalid secret"}), "ok")]
#[case::no_secret(Wrong::Nothing, json!({"expect_reject": "requires secret"}), "ok")]
#[case::out_of_range(Wrong::Nothing, json!({"secret": SECRET, "tunnel": 9, "expect_reject": "range"}), "ok")]
#[case::other_reason(Wrong::Nothing, json!({"secret": "guess", "expect_reject": "too late"}), "unmet")]
#[case::takes_any_secret(Wrong::Gullible, json!({"secret": "guess", "expect_reject": "invalid"}), "unmet")]
#[case::asks_for_none(Wrong::Open, json!({"expect_reject": "requires secret"}), "unmet")]
#[case::in_range(Wrong::Nothing, json!({"secret": SECRET, "tunnel": free_port(), "expect_reject": "range"}), "unmet")]
#[tokio::test]
async fn a_refusal(#[case] wrong: Wrong, #[case] with: Value, #[case] kind: &str) {
    let run = run(wrong, with).await;
    assert_eq!(error_kind(&run), kind, "{run:?}");
}

#[tokio::test]
async fn on_the_host() {
    let closed = ClosedPort::new();
    for (port, kind) in
        [(start(Wrong::Nothing).await.port(), "ok"), (closed.address().port(), "no answer")]
    {
        let run = probe("bore", "host", json!({"port": port, "secret": SECRET}));
        let run = run.run(&Access::default()).await;
        assert_eq!(error_kind(&run), kind, "{run:?}");
    }
}

/// An edge that leads visitors to `port` as Traefik does, once it knows the way; it answers for itself
/// until then.
async fn edge(authority: &Authority, port: u16, knows: Arc<AtomicBool>) -> SocketAddr {
    let handler = move |mut visitor: tokio_rustls::server::TlsStream<TcpStream>| {
        let knows = knows.load(Ordering::SeqCst);
        async move {
            if !knows {
                let _ = visitor.read(&mut [0; 1024]).await;
                let _ =
                    visitor.write_all(b"HTTP/1.1 404 Not Found\r\n\r\n404 page not found\n").await;
                return;
            }
            let mut tunnel = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut visitor, &mut tunnel).await;
        }
    };
    authority.serve("cc-ci.test", handler).await
}

/// The second try goes through the tunnel of the first, whose port the server would still hold.
#[tokio::test]
async fn a_visitor_over_the_edge() {
    let (authority, tunnel, knows) = (Authority::new(), free_port(), Arc::default());
    let edge = edge(&authority, tunnel, Arc::clone(&knows)).await;
    let access = authority.access(edge, Some(Gateway::to_this_machine().await));
    let port = start(Wrong::Nothing).await.port();
    let mut with = json!({"host": "app", "port": port, "secret": SECRET, "tunnel": tunnel});
    let within = probe("bore", "network", with.clone());
    with["edge_name"] = "1.a.test".into();
    let over_the_edge = probe("bore", "network", with);

    let run = over_the_edge.run(&access).await;
    assert_eq!(error_kind(&run), "not serving", "{run:?}");
    let said = run.unwrap_err().to_string();
    let answer = "the edge itself answers \"HTTP/1.1 404 Not Found\"";
    assert_eq!(said, format!("https://1.a.test/ does not reach the app: {answer}"));

    let run = within.run(&access).await;
    assert_eq!(error_kind(&run), "no answer", "{run:?}");
    assert!(run.unwrap_err().to_string().contains("already in use"));

    knows.store(true, Ordering::SeqCst);
    assert_eq!(over_the_edge.run(&access).await, Ok(()));
}

#[rstest]
#[case::port(json!({"host": "app"}))]
#[case::no_port(json!({"host": "app", "port": 1, "tunnel": 0}))]
#[case::nobody_gets_in(json!({"host": "app", "port": 1, "tunnel": 1, "expect_reject": "x", "edge_name": "1.a.test"}))]
#[case::name_of_no_tunnel(json!({"host": "app", "port": 1, "edge_name": "1.a.test"}))]
#[case::empty_secret(json!({"host": "app", "port": 1, "secret": ""}))]
fn what_cannot_be_asked_is_refused(#[case] with: Value) {
    assert!(crate::build(&spec("bore", "network", with)).is_err());
}

#[test]
fn the_secret_is_not_shown() {
    let with = json!({"host": "app", "port": 7835, "secret": SECRET, "tunnel": 7});
    let words = probe("bore", "network", with).describe();
    assert_eq!(words, "bore at app:7835 carries a visitor through port 7");
}
