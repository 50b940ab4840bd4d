//! A fetch that fails is an error that knows whose turn it is, never an old mirror.

use std::time::Duration;

use crate::bench::{Bench, git, program};
use crate::server::Server;
use cc_ci_model::Owner;
use cc_ci_source::{Address, Limits, Opened, SourceError, Sources};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};

async fn open(bench: &Bench, url: &str) -> Result<Opened, SourceError> {
    bench.sources().open(&Address::parse(url).unwrap()).await
}

#[rstest::rstest]
#[case::broken("503 Service Unavailable", Some(Owner::External))]
#[case::quota("429 Too Many Requests", Some(Owner::Harness))]
#[case::gone("404 Not Found", None)]
#[case::private("401 Unauthorized", None)]
#[case::forbidden("403 Forbidden", None)]
#[tokio::test]
async fn a_servers_answer_names_the_owner(
    #[case] status: &'static str,
    #[case] owner: Option<Owner>,
) {
    let (bench, server) = (Bench::new(), Server::answering(status).await);
    let error = open(&bench, &server.url).await.unwrap_err();
    assert_eq!(error.owner(), owner, "{error}");
}

#[tokio::test]
async fn nobody_at_the_port_is_the_networks_fault() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/shop.git", listener.local_addr().unwrap());
    drop(listener);
    let error = open(&Bench::new(), &url).await.unwrap_err();
    assert!(matches!(error, SourceError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_server_cannot_send_git_to_a_file() {
    let bench = Bench::with_releases();
    let server = Server::redirecting("file:///etc/hostname").await;
    assert!(open(&bench, &server.url).await.is_err());
}

#[tokio::test]
async fn a_mirror_does_not_stand_in_for_its_server() {
    let bench = Bench::with_releases();
    let bare = bench.bare();
    git(&bare, &["update-server-info"]);
    let server = Server::files(bare.parent().unwrap()).await;
    let url = server.url.clone();
    let opened = open(&bench, &url).await.unwrap();
    assert_eq!(opened.head.version.as_str(), "1.1.0+2");
    drop(server);
    let error = open(&bench, &url).await.unwrap_err();
    assert_eq!(error.owner(), Some(Owner::External), "{error}");
    // What was opened while the server was there is still whole.
    opened.recipe(&bench.scratch("r"), &[&opened.head]).await.unwrap();
}

#[tokio::test]
async fn a_folder_that_is_no_repository_is_the_callers_mistake() {
    let bench = Bench::new();
    std::fs::create_dir_all(bench.folder.path().join("fake/.git")).unwrap();
    let error =
        open(&bench, &bench.folder.path().join("fake").display().to_string()).await.unwrap_err();
    assert!(matches!(error, SourceError::NotRepository { .. }), "{error}");
    assert_eq!(error.owner(), None);
}

#[tokio::test]
async fn a_missing_git_is_the_machines_fault() {
    let bench = Bench::with_releases();
    let mut git = program();
    git.program = "/nonexistent/git".into();
    let sources = Sources::new(&bench.state(), git, Limits::default());
    let address = Address::parse(&bench.repo.display().to_string()).unwrap();
    let error = sources.open(&address).await.unwrap_err();
    assert!(matches!(error, SourceError::NoGit { .. }), "{error}");
    assert_eq!(error.owner(), Some(Owner::Harness));
}

#[tokio::test]
async fn a_state_folder_that_is_none_is_the_machines_fault() {
    let bench = Bench::with_releases();
    std::fs::write(bench.state(), "a file").unwrap();
    let error = bench.open("").await.unwrap_err();
    assert!(matches!(error, SourceError::Files { .. }), "{error}");
}

/// A listener that takes the call and never answers.
async fn silent() -> (TcpListener, Address) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/shop.git", listener.local_addr().unwrap());
    (listener, Address::parse(&url).unwrap())
}

/// Returns when the caller has hung up.
async fn hung_up(mut stream: TcpStream) {
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
}

#[tokio::test]
async fn silence_ends_with_the_deadline_and_with_git() {
    let bench = Bench::new();
    let limits = Limits { fetch: Duration::from_secs(1), ..Limits::default() };
    let sources = Sources::new(&bench.state(), program(), limits);
    let (listener, address) = silent().await;
    let (error, accepted) = tokio::join!(sources.open(&address), listener.accept());
    let error = error.unwrap_err();
    assert!(matches!(error, SourceError::Deadline { seconds: 1, .. }), "{error}");
    assert_eq!(error.owner(), Some(Owner::Unknown));
    // The helper that git started is gone, too: it lets go of the connection.
    hung_up(accepted.unwrap().0).await;
}

#[tokio::test]
async fn who_breaks_it_off_leaves_no_git_behind() {
    let bench = Bench::new();
    let sources = bench.sources();
    let (listener, address) = silent().await;
    let stream = tokio::select! {
        opened = sources.open(&address) => panic!("{:?}", opened.map(|o| o.origin)),
        accepted = listener.accept() => accepted.unwrap().0,
    };
    hung_up(stream).await;
}
