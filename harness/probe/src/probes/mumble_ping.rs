//! `mumble_ping`: the connectionless status query of a Mumble server.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cc_ci_model::{Facts, Observed, Proves, Vantage};
use tokio::time::timeout;

use crate::params::Params;
use crate::registry::{Key, Kind};
use crate::seen::Seen;
use crate::target::Target;
use crate::{Access, Probe, ProbeError, SpecError, dial};

pub(crate) const KIND: Kind = Kind {
    name: "mumble_ping",
    about: "sends Mumble's legacy UDP ping and expects its echo",
    from: &[Vantage::Host],
    keys: &[
        Key { name: "host", about: "127.0.0.1, or left out" },
        Key { name: "port", about: "UDP port number" },
    ],
    build,
};

/// Length of the answer: version (4), ident (8), users (4), most users (4), bandwidth (4).
/// Source: `Server::udpActivated` of Mumble 1.2 and later.
const ANSWER: usize = 24;

/// Time after which a ping is sent again. Mumble's clients ping every five seconds.
const AGAIN: Duration = Duration::from_secs(2);

struct MumblePing {
    target: Target,
    /// What the last try saw.
    seen: Seen,
}

fn build(params: &Params<'_>) -> Result<Box<dyn Probe>, SpecError> {
    Ok(Box::new(MumblePing { target: Target::read(params)?, seen: Seen::default() }))
}

/// Every ping has an ident of its own, so that the answer to another ping is recognised.
fn next_ident() -> [u8; 8] {
    static COUNT: AtomicU32 = AtomicU32::new(1);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    (u64::from(std::process::id()) << 32 | u64::from(count)).to_be_bytes()
}

#[async_trait]
impl Probe for MumblePing {
    async fn run(&self, access: &Access) -> Result<(), ProbeError> {
        self.seen.forget();
        let Target { host, port, from } = &self.target;
        let target = format!("{}/udp", self.target);
        let lost = |error: std::io::Error| ProbeError::no_answer(&target, error.to_string());
        let way = dial(*from, access)?;
        // One byte more than expected, so that a longer datagram is seen as one.
        let mut answer = [0; ANSWER + 1];
        let (ident, length) = loop {
            // UDP delivers nothing for sure, so clients ask again. A socket of its own for each ping: the node leads all
            // datagrams of one socket to the container that it chose for the first.
            let (socket, ident) = (way.udp(host, *port).await?, next_ident());
            socket.send(&[[0; 4].as_slice(), &ident].concat()).await.map_err(lost)?;
            if let Ok(length) = timeout(AGAIN, socket.recv(&mut answer)).await {
                break (ident, length.map_err(lost)?);
            }
        };
        let echoed = if answer[4..12] == ident { "ours" } else { "another" };
        let facts = Facts::default().with("bytes of the answer", ANSWER, length);
        if self.seen.add(|seen| *seen = facts.with("echoed ident", "ours", echoed)) {
            return Ok(());
        }
        if length != ANSWER {
            let message = format!("{target} answered a ping with {length} bytes, not {ANSWER}");
            return Err(ProbeError::unmet(message));
        }
        Err(ProbeError::unmet(format!("{target} answered another ping than ours")))
    }

    /// The echo is Mumble's, but it comes before a user can join: it proves an answer and no more.
    fn proves(&self) -> Proves {
        Proves::Answer
    }

    fn observed(&self) -> Option<Observed> {
        self.seen.observed()
    }

    fn describe(&self) -> String {
        format!("mumble at {}/udp answers a ping", self.target)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;
    use tokio::net::UdpSocket;

    use super::*;
    use crate::testing::{error_kind, probe};

    #[rstest]
    #[case::echo(24, false, "ok")]
    #[case::short(12, false, "unmet")]
    #[case::long(25, false, "unmet")]
    #[case::other_ident(24, true, "unmet")]
    #[tokio::test]
    async fn the_echo_has_to_fit(#[case] length: usize, #[case] other: bool, #[case] result: &str) {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = server.local_addr().unwrap().port();
        let answering = async {
            let mut ping = [0; 64];
            let (count, client) = server.recv_from(&mut ping).await.unwrap();
            assert_eq!((count, &ping[..4]), (12, [0; 4].as_slice()));
            let mut answer = [0; 64];
            answer[4..12].copy_from_slice(&ping[4..12]);
            answer[11] ^= u8::from(other);
            server.send_to(&answer[..length], client).await.unwrap();
        };
        let probe = probe("mumble_ping", "host", json!({ "port": port }));
        let access = Access::default();
        let (run, ()) = tokio::join!(probe.run(&access), answering);
        assert_eq!(error_kind(&run), result, "{run:?}");
        assert_eq!(probe.observed().map(|seen| seen.holds()), Some(result == "ok"));
    }

    #[tokio::test]
    async fn a_ping_that_is_lost_is_sent_again_from_another_socket() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = server.local_addr().unwrap().port();
        let answering = async {
            let mut ping = [0; 12];
            let (_, lost) = server.recv_from(&mut ping).await.unwrap();
            let (_, client) = server.recv_from(&mut ping).await.unwrap();
            assert_ne!(lost, client);
            let mut answer = [0; ANSWER];
            answer[4..12].copy_from_slice(&ping[4..12]);
            server.send_to(&answer, client).await.unwrap();
        };
        let probe = probe("mumble_ping", "host", json!({ "port": port }));
        let access = Access::default();
        let (run, ()) = tokio::join!(probe.run(&access), answering);
        assert_eq!(error_kind(&run), "ok", "{run:?}");
    }

    #[tokio::test]
    async fn a_closed_port_is_no_answer() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = server.local_addr().unwrap().port();
        // Bound to one peer, it keeps the port and yet takes nothing from anybody else.
        server.connect("127.0.0.1:9").await.unwrap();
        let probe = probe("mumble_ping", "host", json!({ "port": port }));
        let run = probe.run(&Access::default()).await;
        assert_eq!(error_kind(&run), "no answer", "{run:?}");
    }
}
