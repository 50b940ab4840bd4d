//! `tcp`: a process listens on the port, and its first bytes are as expected where a suite says so.

use async_trait::async_trait;
use cc_ci_model::{Observed, Proves, Vantage};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::escape::{excerpt, holds};
use crate::params::Params;
use crate::registry::{Key, Kind};
use crate::seen::Seen;
use crate::target::Target;
use crate::{Access, BoxStream, Probe, ProbeError, SpecError};

pub(crate) const KIND: Kind = Kind {
    name: "tcp",
    about: "opens a connection; may send a text and wait for another",
    from: &[Vantage::Network, Vantage::Host],
    keys: &[
        Key { name: "host", about: "service or host name; 127.0.0.1 from the host" },
        Key { name: "port", about: "port number" },
        Key { name: "send", about: r"text to send, with \r \n \t \0 \\ \xHH" },
        Key { name: "expect", about: "text that the answer has to hold, escaped likewise" },
    ],
    build,
};

/// How much of an answer is waited through for the expected text, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// How much of an unexpected answer a message shows, in characters.
const SHOWN: usize = 200;

struct Tcp {
    target: Target,
    send: Option<Vec<u8>>,
    expect: Option<Vec<u8>>,
    /// What the last try saw.
    seen: Seen,
}

/// The fact that a connection was opened.
const CONNECTION: &str = "connection";
/// Texts that the answer holds.
const HOLDS: &str = "the answer holds";
/// The beginning of an answer; nothing is required of it.
const BEGINS: &str = "the answer begins";

fn build(params: &Params<'_>) -> Result<Box<dyn Probe>, SpecError> {
    let target = Target::read(params)?;
    let (send, expect) = (params.bytes("send")?, params.bytes("expect")?);
    if expect.is_none() && params.from == Vantage::Host {
        // The engine's port proxy accepts a connection before it asks the container, so opening
        // one would succeed with no listener behind it.
        let expected = "a text, because on the host an open port alone proves nothing";
        return Err(params.missing("expect", expected));
    }
    if expect.is_none() && send.is_some() {
        return Err(params.missing("expect", "the answer to what is sent"));
    }
    Ok(Box::new(Tcp { target, send, expect, seen: Seen::default() }))
}

impl Tcp {
    async fn converse(&self, stream: &mut BoxStream, expect: &[u8]) -> Result<(), ProbeError> {
        let target = self.target.to_string();
        let lost = |error: std::io::Error| ProbeError::no_answer(&target, error.to_string());
        if let Some(send) = &self.send {
            stream.write_all(send).await.map_err(lost)?;
            stream.flush().await.map_err(lost)?;
        }
        let mut answer = Vec::new();
        let mut chunk = [0; 4096];
        while answer.len() < ANSWER_LIMIT {
            let count = match stream.read(&mut chunk).await {
                Err(error) if answer.is_empty() => return Err(lost(error)),
                Ok(0) if answer.is_empty() => {
                    return Err(ProbeError::no_answer(&target, "it closed the connection"));
                }
                Ok(0) | Err(_) => break,
                Ok(count) => count,
            };
            answer.extend_from_slice(&chunk[..count]);
            if holds(&answer, expect) {
                break;
            }
        }
        let (wanted, found) = (excerpt(expect, SHOWN), excerpt(&answer, SHOWN));
        let held = self.seen.add(|facts| {
            facts.find(BEGINS, &found);
            if holds(&answer, expect) {
                facts.find(HOLDS, &wanted);
            }
        });
        if held {
            return Ok(());
        }
        Err(ProbeError::unmet(format!("{target} answered \"{found}\", without \"{wanted}\"")))
    }
}

#[async_trait]
impl Probe for Tcp {
    async fn run(&self, access: &Access) -> Result<(), ProbeError> {
        self.seen.forget();
        let mut stream = self.target.connect(access).await?;
        self.seen.add(|facts| {
            facts.require(CONNECTION, ["open"]);
            facts.find(CONNECTION, "open");
            self.expect.iter().for_each(|text| facts.require(HOLDS, [excerpt(text, SHOWN)]));
        });
        match &self.expect {
            None => Ok(()),
            Some(expect) => self.converse(&mut stream, expect).await,
        }
    }

    /// An open port can belong to any program.
    fn proves(&self) -> Proves {
        if self.expect.is_some() { Proves::Behaviour } else { Proves::Answer }
    }

    fn observed(&self) -> Option<Observed> {
        self.seen.observed()
    }

    fn describe(&self) -> String {
        match &self.expect {
            None => format!("{} accepts connections", self.target),
            Some(expect) => format!("{} answers \"{}\"", self.target, excerpt(expect, SHOWN)),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::testing::{ClosedPort, Gateway, error_kind, probe, serve};

    /// Answers `+PONG` to `PING`, and nothing else.
    async fn redis(mut stream: tokio::net::TcpStream) {
        let mut line = [0; 6];
        if stream.read_exact(&mut line).await.is_ok() && &line == b"PING\r\n" {
            stream.write_all(b"+PO").await.unwrap();
            stream.write_all(b"NG\r\n").await.unwrap();
        }
    }

    #[rstest]
    #[case::open(json!({"host": "app", "port": 6379}), "ok")]
    #[case::answers(json!({"host": "app", "port": 6379, "send": r"PING\r\n", "expect": r"+PONG\r\n"}), "ok")]
    #[case::answers_otherwise(json!({"host": "app", "port": 6379, "send": r"PING\r\n", "expect": "-ERR"}), "unmet")]
    #[case::closes(json!({"host": "app", "port": 6379, "send": "HALLO!", "expect": "+"}), "no answer")]
    #[case::no_such_name(json!({"host": "db", "port": 6379}), "no answer")]
    #[tokio::test]
    async fn through_the_gateway(#[case] with: serde_json::Value, #[case] result: &str) {
        let gateway = Gateway::start([("app", serve(redis).await)]).await;
        let access = Access { gateway: Some(gateway), edge: None };
        let probe = probe("tcp", "network", with);
        let run = probe.run(&access).await;
        assert_eq!(error_kind(&run), result, "{run:?}");
        let seen = probe.observed();
        assert!(seen.is_none_or(|seen| seen.holds() == run.is_ok()), "{:?}", probe.observed());
    }

    #[tokio::test]
    async fn on_the_host() {
        let open = serve(redis).await.port();
        let closed = ClosedPort::new();
        for (port, result) in [(open, "ok"), (closed.address().port(), "no answer")] {
            let with = json!({"port": port, "send": r"PING\r\n", "expect": "+PONG"});
            let run = probe("tcp", "host", with).run(&Access::default()).await;
            assert_eq!(error_kind(&run), result, "{run:?}");
        }
    }

    #[rstest]
    #[case::proves_nothing("host", json!({"port": 1}))]
    #[case::send_without_expect("network", json!({"host": "app", "port": 1, "send": "x"}))]
    #[case::bad_escape("network", json!({"host": "app", "port": 1, "expect": r"\q"}))]
    #[case::edge("edge", json!({"host": "app", "port": 1}))]
    fn what_cannot_be_checked_is_refused(#[case] from: &str, #[case] with: serde_json::Value) {
        assert!(crate::build(&crate::testing::spec("tcp", from, with)).is_err());
    }
}
