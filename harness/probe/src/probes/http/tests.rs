//! The whole probe against servers in this process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rstest::rstest;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::Access;
use crate::testing::{Authority, ClosedPort, Gateway, error_kind, gateway_at, probe, serve};

const WELCOME: &str = "HTTP/1.1 200 OK\r\ncontent-length: 7\r\nserver: nginx\r\n\r\nwelcome";
const MOVED: &str = "HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n";
const NO_ROUTER: &str = "HTTP/1.1 404 Not Found\r\ncontent-type: text/plain; charset=utf-8\r\n\
                         content-length: 19\r\n\r\n404 page not found\n";
const NOT_FOUND: &str = "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnope";
const BAD_GATEWAY: &str = "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 11\r\n\r\nBad Gateway";
const CUT_OFF: &str = "HTTP/1.1 200 OK\r\ncontent-length: 700\r\n\r\nwel";
const UNTIL_CLOSE: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nwelcome";
const GARBAGE: &str = "\x15\x03\x01 no web server here\r\n\r\n";
const NOTHING: &str = "";

/// Reads the head of a request, sends `answer`, ends and waits for the client to end too.
async fn respond(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &str) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
    // Closing with something unread would reset the connection under the answer.
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&head).into_owned()
}

async fn plain(answer: &'static str) -> SocketAddr {
    serve(move |stream| async move {
        respond(stream, answer).await;
    })
    .await
}

async fn secure(authority: &Authority, answer: &'static str) -> SocketAddr {
    let handler = move |stream| async move {
        respond(stream, answer).await;
    };
    authority.serve("app.test", handler).await
}

#[rstest]
#[case::fine(WELCOME, json!({}), "ok", "ok")]
#[case::text(WELCOME, json!({"contains": "welcome"}), "ok", "ok")]
#[case::missing_text(WELCOME, json!({"contains": "goodbye"}), "unmet", "unmet")]
#[case::wrong_status(WELCOME, json!({"status": [404]}), "unmet", "unmet")]
#[case::wrong_header(WELCOME, json!({"header": {"server": "apache"}}), "unmet", "unmet")]
#[case::redirects_are_not_followed(MOVED, json!({}), "unmet", "unmet")]
#[case::redirect_expected(MOVED, json!({"status": [301, 302]}), "ok", "ok")]
#[case::until_close(UNTIL_CLOSE, json!({"contains": "welcome"}), "ok", "ok")]
#[case::no_router(NO_ROUTER, json!({"status": 404}), "ok", "not serving")]
#[case::missing_page(NOT_FOUND, json!({"status": 404}), "ok", "ok")]
#[case::bad_gateway(BAD_GATEWAY, json!({}), "unmet", "not serving")]
#[case::cut_off(CUT_OFF, json!({}), "unmet", "unmet")]
#[case::garbage(GARBAGE, json!({}), "no answer", "edge")]
#[case::nothing(NOTHING, json!({}), "no answer", "edge")]
#[tokio::test]
async fn answers_inside_and_at_the_edge(
    #[case] answer: &'static str,
    #[case] with: Value,
    #[case] inside: &str,
    #[case] outside: &str,
    #[values("http", "https")] scheme: &str,
) {
    let authority = Authority::new();
    let address = match scheme {
        "http" => plain(answer).await,
        _ => secure(&authority, answer).await,
    };
    let gateway = Gateway::start([("app.test", address)]).await;
    let access = authority.access(address, Some(gateway));
    let mut with = with;
    with["url"] = format!("{scheme}://app.test/").into();
    for (from, result) in [("network", inside), ("edge", outside)] {
        let run = probe("http", from, with.clone()).run(&access).await;
        assert_eq!(error_kind(&run), result, "{from}: {run:?}");
    }
}

#[rstest]
#[case::stranger_inside("network", "ca", false, "unmet")]
#[case::stranger_accepted("network", "none", false, "ok")]
#[case::stranger_at_the_edge("edge", "ca", false, "edge")]
#[case::default_inside("network", "ca", true, "unmet")]
#[case::default_at_the_edge("edge", "ca", true, "not serving")]
#[tokio::test]
async fn certificates(
    #[case] from: &str,
    #[case] verify: &str,
    #[case] default: bool,
    #[case] result: &str,
) {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let address = match default {
        true => Authority::serve_default_certificate().await,
        false => secure(&stranger, WELCOME).await,
    };
    let gateway = Gateway::start([("app.test", address)]).await;
    let with = json!({"url": "https://app.test/", "verify": verify});
    let run = probe("http", from, with).run(&authority.access(address, Some(gateway))).await;
    assert_eq!(error_kind(&run), result, "{run:?}");
}

#[tokio::test]
async fn nobody_there_is_the_apps_silence_inside_and_ours_at_the_doors() {
    let closed = ClosedPort::new();
    let down = closed.address();
    let authority = Authority::new();
    let gateway = Gateway::start([("app.test", down)]).await;
    let up = authority.access(down, Some(gateway));
    let gateway_down = authority.access(down, Some(gateway_at(down)));
    let url = "http://app.test/";
    for (from, access, result) in [
        ("network", &up, "no answer"),
        ("network", &gateway_down, "gateway"),
        ("network", &Access::default(), "gateway"),
        ("edge", &up, "edge"),
        ("edge", &Access::default(), "edge"),
    ] {
        let run = probe("http", from, json!({ "url": url })).run(access).await;
        assert_eq!(error_kind(&run), result, "{from}: {run:?}");
    }
    let unknown = json!({"url": "http://db.test/"});
    let run = probe("http", "network", unknown).run(&up).await;
    assert_eq!(error_kind(&run), "no answer", "{run:?}");
}

/// The obstacle that the client met is gone when it is looked at. Inside the stack that is the
/// app's silence; at the edge nobody but the edge was knocked at.
#[rstest]
#[case::inside("network", "no answer", "https://app.test/ does not answer: ")]
#[case::at_the_edge("edge", "edge", "the edge does not work: https://app.test/: ")]
#[tokio::test]
async fn a_door_may_open_at_the_second_knock(
    #[case] from: &str,
    #[case] kind: &str,
    #[case] beginning: &str,
) {
    let authority = Authority::new();
    let app = secure(&authority, WELCOME).await;
    let knocked = Arc::new(AtomicUsize::new(0));
    let knocks = Arc::clone(&knocked);
    let door = serve(move |mut client| {
        let first = knocks.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if !first {
                let mut app = TcpStream::connect(app).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut app).await;
            }
        }
    })
    .await;
    let gateway = Gateway::start([("app.test", door)]).await;
    let access = authority.access(door, Some(gateway));
    let probe = probe("http", from, json!({"url": "https://app.test/"}));
    let run = probe.run(&access).await;
    assert_eq!(error_kind(&run), kind, "{run:?}");
    let said = run.unwrap_err().to_string();
    assert!(said.starts_with(beginning), "{said}");
    assert!(!said.contains("error sending request"), "{said}");
    assert_eq!(knocked.load(Ordering::SeqCst), 2);
    // Every run connects anew.
    probe.run(&access).await.unwrap();
    assert_eq!(knocked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn on_the_host_every_name_is_this_machine() {
    let address = plain(WELCOME).await;
    let with = json!({"url": format!("http://app.test:{}/", address.port())});
    probe("http", "host", with).run(&Access::default()).await.unwrap();
}

#[tokio::test]
async fn the_request_is_what_the_suite_says() {
    let (seen, mut requests) = mpsc::unbounded_channel();
    let address = serve(move |stream| {
        let seen = seen.clone();
        async move {
            let _ = seen.send(respond(stream, WELCOME).await);
        }
    })
    .await;
    let url = format!("http://localhost:{}/a?b=c", address.port());
    let with = json!({"url": url, "method": "POST", "body": "x=1"});
    let probe = probe("http", "host", with);
    assert_eq!(probe.describe(), format!("POST {url} answers 200"));
    probe.run(&Access::default()).await.unwrap();
    let head = requests.recv().await.unwrap();
    assert!(head.starts_with("POST /a?b=c HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("host: localhost:{}\r\n", address.port())), "{head}");
    assert!(head.contains("content-length: 3\r\n"), "{head}");
}

#[tokio::test]
async fn a_silent_server_is_waited_for_until_the_caller_gives_up() {
    let (asked, mut question) = mpsc::unbounded_channel();
    let (left, mut leaving) = mpsc::unbounded_channel();
    let address = serve(move |mut stream| {
        let (asked, left) = (asked.clone(), left.clone());
        async move {
            let first = stream.read_u8().await.unwrap();
            let _ = asked.send(first);
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
            let _ = left.send(());
        }
    })
    .await;
    let with = json!({"url": format!("http://127.0.0.1:{}/", address.port())});
    let probe = probe("http", "host", with);
    let access = Access::default();
    tokio::select! {
        run = probe.run(&access) => panic!("it did not wait: {run:?}"),
        first = question.recv() => assert_eq!(first, Some(b'G')),
    }
    // Dropping the future has closed the connection.
    assert_eq!(leaving.recv().await, Some(()));
}

#[tokio::test]
async fn an_endless_body_ends_at_the_limit() {
    let address = serve(|mut stream| async move {
        // An answer before the question would not be HTTP.
        stream.read_u8().await.unwrap();
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(&[b'x'; 65536]).await.is_ok() {}
    })
    .await;
    let url = format!("http://127.0.0.1:{}/", address.port());
    let run = probe("http", "host", json!({"url": url, "contains": "y"}));
    let error = run.run(&Access::default()).await.unwrap_err().to_string();
    assert!(error.contains("in its first 4 MiB"), "{error}");
}

#[rstest]
#[case::connect(json!({"url": "http://a/", "method": "CONNECT"}), "network", "method")]
#[case::lower_case(json!({"url": "http://a/", "method": "get"}), "network", "method")]
#[case::blind_visitor(json!({"url": "https://a.test/", "verify": "none"}), "edge", "verify")]
fn other_requests_are_refused(#[case] with: Value, #[case] from: &str, #[case] key: &str) {
    let error = crate::build(&crate::testing::spec("http", from, with)).err().expect("refused");
    assert!(error.to_string().contains(&format!("key {key:?}")), "{error}");
}

#[rstest]
#[case::fine(WELCOME, json!({"contains": "welcome", "header": {"server": "nginx"}}), Some(true))]
#[case::text(WELCOME, json!({"contains": ["welcome", "goodbye"]}), Some(false))]
#[case::status(NOT_FOUND, json!({}), Some(false))]
#[case::nothing(NOTHING, json!({}), None)]
#[tokio::test]
async fn the_last_answer_is_kept_and_is_what_the_result_is_made_of(
    #[case] answer: &'static str,
    #[case] with: Value,
    #[case] holds: Option<bool>,
) {
    let gateway = Gateway::start([("app", plain(answer).await)]).await;
    let access = Access { gateway: Some(gateway), edge: None };
    let mut with = with;
    with["url"] = json!("http://app/");
    let probe = probe("http", "network", with);
    assert_eq!(probe.observed(), None);
    let result = probe.run(&access).await;
    assert_eq!(result.is_ok(), holds == Some(true), "{result:?}");
    assert_eq!(probe.observed().map(|seen| seen.holds()), holds);
}
