//! The whole probe against a scripted server in this process.

use std::net::SocketAddr;

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::frame;
use super::message::Message;
use super::names::kind;
use super::wire::{Fields, Writer};
use super::world::World;
use crate::Access;
use crate::testing::{Authority, Gateway, error_kind, probe, serve};

type Frames = Vec<(u16, Vec<u8>)>;

fn text(number: u64, text: &str) -> Writer {
    Writer::default().bytes(number, text.as_bytes())
}

fn channel(id: u64, parent: u64, name: &str) -> (u16, Vec<u8>) {
    let named = Writer::default().number(1, id).number(2, parent).bytes(3, name.as_bytes());
    (kind::CHANNEL_STATE, named.0)
}

const OUR_SESSION: u64 = 7;

/// What a server says to somebody it lets in.
fn welcome() -> Frames {
    vec![
        (kind::VERSION, text(2, "1.5.735").0),
        (kind::CRYPT_SETUP, text(1, "key").0),
        channel(0, 0, "Root"),
        channel(4, 0, "lobby"),
        (kind::USER_STATE, Writer::default().number(1, OUR_SESSION).bytes(3, b"me").0),
        (kind::SERVER_SYNC, Writer::default().number(1, OUR_SESSION).0),
    ]
}

fn reject(reason: u64) -> Frames {
    vec![
        (kind::VERSION, Vec::new()),
        (kind::REJECT, Writer::default().number(1, reason).bytes(2, b"go away").0),
    ]
}

/// Without the frames of one type.
fn without(kind: u16) -> Frames {
    welcome().into_iter().filter(|(found, _)| *found != kind).collect()
}

/// Says `hello` once it has been asked, and `after` once it has been asked for a channel.
async fn server(authority: &Authority, hello: Frames, after: Frames) -> SocketAddr {
    let handler = move |mut stream: tokio_rustls::server::TlsStream<_>| {
        let (hello, after) = (hello.clone(), after.clone());
        async move {
            assert_eq!(frame::read(&mut stream).await.unwrap().0, kind::VERSION);
            assert_eq!(frame::read(&mut stream).await.unwrap().0, kind::AUTHENTICATE);
            frame::write(&mut stream, &hello).await.unwrap();
            if let Ok((kind::CHANNEL_STATE, body)) = frame::read(&mut stream).await {
                let fields: Result<Vec<_>, _> = Fields(&body).collect();
                assert!(fields.unwrap().iter().all(|(number, _)| *number != 1), "an id of its own");
                frame::write(&mut stream, &after).await.unwrap();
                let _ = stream.shutdown().await;
            }
        }
    };
    authority.serve("app.test", handler).await
}

async fn run(hello: Frames, after: Frames, with: Value) -> Result<(), crate::ProbeError> {
    let authority = Authority::new();
    let address = server(&authority, hello, after).await;
    let gateway = Gateway::start([("app", address)]).await;
    let access = Access { gateway: Some(gateway), edge: None };
    let mut with = with;
    with["host"] = "app".into();
    with["port"] = 64738.into();
    let probe = probe("mumble", "network", with);
    let run = probe.run(&access).await;
    let held = probe.observed().map(|seen| seen.holds());
    assert!(held.is_none_or(|held| held == run.is_ok()), "{run:?}: {:?}", probe.observed());
    assert!(held.is_some() || run.is_err());
    run
}

#[rstest]
#[case::joined(welcome(), json!({}), "ok", "")]
#[case::channel(welcome(), json!({"expect_channel": "lobby"}), "ok", "")]
#[case::missing_channel(welcome(), json!({"expect_channel": "attic"}), "unmet",
    "has no channel \"attic\", only \"Root\", \"lobby\"")]
#[case::rejected(reject(3), json!({"username": "SuperUser"}), "unmet",
    "rejected SuperUser: WrongUserPW: \"go away\"")]
#[case::reject_expected(reject(3), json!({"expect_reject": "WrongUserPW"}), "ok", "")]
#[case::other_reject(reject(6), json!({"expect_reject": "WrongUserPW"}), "unmet",
    "ServerFull, not WrongUserPW")]
#[case::unknown_reject(reject(99), json!({}), "unmet", "reason 99")]
#[case::reject_missing(welcome(), json!({"expect_reject": "WrongServerPW"}), "unmet",
    "instead of WrongServerPW")]
#[case::no_keys(without(kind::CRYPT_SETUP), json!({}), "unmet", "without keys for voice")]
#[case::no_channels(without(kind::CHANNEL_STATE), json!({}), "unmet", "without a root channel")]
#[case::no_users(without(kind::USER_STATE), json!({}), "unmet", "without our own user")]
#[case::no_version(without(kind::VERSION), json!({}), "no answer", "starts with a message of type 15")]
#[case::garbage(vec![(kind::VERSION, Vec::new()), (kind::CHANNEL_STATE, vec![0xff; 9])], json!({}),
    "unmet", "message of type 7 is no protobuf message")]
#[case::garbage_first(vec![(kind::VERSION, vec![0xff; 9])], json!({}), "no answer", "no Mumble server")]
#[tokio::test]
async fn joining(
    #[case] hello: Frames,
    #[case] with: Value,
    #[case] result: &str,
    #[case] words: &str,
) {
    let run = run(hello, Frames::new(), with).await;
    assert_eq!(error_kind(&run), result, "{run:?}");
    let said = run.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(said.contains(words), "{said}");
}

#[rstest]
#[case::created(vec![channel(5, 0, "new")], "ok", "")]
#[case::others_first(vec![channel(5, 0, "other"), channel(6, 4, "new"), channel(8, 0, "new")], "ok", "")]
#[case::denied(vec![(kind::PERMISSION_DENIED, Writer::default().number(5, 1).0)], "unmet",
    "refused to create channel \"new\": Permission")]
#[case::never(vec![channel(5, 4, "new")], "unmet", "broke off")]
#[tokio::test]
async fn creating_a_channel(#[case] after: Frames, #[case] result: &str, #[case] words: &str) {
    let run = run(welcome(), after, json!({"create_channel": "new"})).await;
    assert_eq!(error_kind(&run), result, "{run:?}");
    let said = run.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(said.contains(words), "{said}");
}

#[tokio::test]
async fn a_channel_of_that_name_that_is_there_already_was_not_created() {
    let run =
        run(welcome(), vec![channel(4, 0, "lobby")], json!({"create_channel": "lobby"})).await;
    assert_eq!(error_kind(&run), "unmet", "{run:?}");
}

#[rstest]
#[case::plain_text(b"220 smtp.test ESMTP\r\n")]
#[case::nothing(b"")]
#[tokio::test]
async fn somebody_else_on_the_port_is_no_answer(#[case] says: &'static [u8]) {
    let address = serve(move |mut stream| async move {
        let _ = stream.write_all(says).await;
        let _ = stream.shutdown().await;
    })
    .await;
    let probe = probe("mumble", "host", json!({"port": address.port()}));
    let run = probe.run(&Access::default()).await;
    assert_eq!(error_kind(&run), "no answer", "{run:?}");
}

#[tokio::test]
async fn a_tls_server_that_speaks_something_else_is_no_answer() {
    let authority = Authority::new();
    let handler = |mut stream: tokio_rustls::server::TlsStream<_>| async move {
        let _ = stream.write_all(b"* OK IMAP4rev1 ready\r\n").await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    };
    let address = authority.serve("app.test", handler).await;
    let probe = probe("mumble", "host", json!({"port": address.port()}));
    let error = probe.run(&Access::default()).await.unwrap_err();
    assert!(error.to_string().contains("no Mumble server: a frame of"), "{error}");
}

#[tokio::test]
async fn a_silent_server_is_waited_for_until_the_caller_gives_up() {
    let (asked, mut question) = tokio::sync::mpsc::unbounded_channel();
    let (left, mut leaving) = tokio::sync::mpsc::unbounded_channel();
    let address = serve(move |mut stream| {
        let (asked, left) = (asked.clone(), left.clone());
        async move {
            let _ = asked.send(stream.read_u8().await.unwrap());
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
            let _ = left.send(());
        }
    })
    .await;
    let probe = probe("mumble", "host", json!({"port": address.port()}));
    let access = Access::default();
    tokio::select! {
        run = probe.run(&access) => panic!("it did not wait: {run:?}"),
        // The first byte of a TLS record that carries a handshake (RFC 8446, section 5.1).
        first = question.recv() => assert_eq!(first, Some(22)),
    }
    assert_eq!(leaving.recv().await, Some(()));
}

#[rstest]
#[case::unknown_reason(json!({"port": 1, "expect_reject": "Wrong"}), "expect_reject")]
#[case::reject_and_channel(json!({"port": 1, "expect_reject": "ServerFull", "expect_channel": "x"}), "expect_channel")]
#[case::reject_and_create(json!({"port": 1, "expect_reject": "ServerFull", "create_channel": "x"}), "create_channel")]
fn what_contradicts_itself_is_refused(#[case] with: Value, #[case] key: &str) {
    let error = crate::build(&crate::testing::spec("mumble", "host", with)).err().expect("refused");
    assert!(error.to_string().contains(&format!("key {key:?}")), "{error}");
}

#[test]
fn the_description_keeps_the_password() {
    let with = json!({"port": 64738, "username": "SuperUser", "password": "hunter2",
        "create_channel": "new", "expect_channel": "lobby"});
    let words = probe("mumble", "host", with).describe();
    let expected = "mumble at 127.0.0.1:64738 lets SuperUser in, channel \"lobby\" is there, \
                    channel \"new\" can be created";
    assert_eq!(words, expected);
}

proptest! {
    #[test]
    fn hostile_messages_never_break_the_world(
        frames in proptest::collection::vec((0_u16..30, any::<Vec<u8>>()), 0..20)
    ) {
        let mut world = World::default();
        for (kind, body) in &frames {
            if let Ok(message) = Message::read(*kind, body) {
                world.take(&message);
            }
        }
        // Nobody is in before the server has said so.
        prop_assert!(world.missing(None).is_some());
    }
}
