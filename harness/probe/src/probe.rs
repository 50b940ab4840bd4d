//! What every protocol client can do.

use async_trait::async_trait;
use cc_ci_model::{Observed, Proves};

use crate::{Access, ProbeError};

/// A protocol client with its expectations, ready to be used any number of times.
#[async_trait]
pub trait Probe: Send + Sync {
    /// Makes one try: connects, speaks the protocol, compares with what is expected.
    ///
    /// It never sleeps and sets no deadline: the caller bounds the time and repeats where it makes
    /// sense. Dropping the future at any point closes the connection and leaves nothing running.
    ///
    /// # Errors
    /// [`ProbeError`] says whether the app, the edge, the gateway or the check is at fault.
    async fn run(&self, access: &Access) -> Result<(), ProbeError>;

    /// How much it says about the app where it holds. A client that speaks the app's own protocol
    /// has seen the app behave; one that only sees that something answers has not, and says so here.
    fn proves(&self) -> Proves {
        Proves::Behaviour
    }

    /// What has to hold, in one line, without secrets: `https://… answers 200`.
    fn describe(&self) -> String;

    /// What the last try expected and saw, where that is all that its result is made of. Nothing where it got no
    /// answer, and for a client that does not keep it.
    fn observed(&self) -> Option<Observed> {
        None
    }

    /// What the last try was at when it ended or was dropped, in one line, without secrets. In a
    /// conversation of many steps this is one of them.
    fn at(&self) -> String {
        self.describe()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::testing::probe;

    #[rstest]
    #[case::status("http", "edge", json!({"url": "https://a.test/"}), Proves::Answer)]
    #[case::another_status("http", "edge", json!({"url": "https://a.test/", "status": [404]}), Proves::Answer)]
    #[case::body("http", "edge", json!({"url": "https://a.test/", "contains": "a"}), Proves::Behaviour)]
    #[case::header("http", "edge", json!({"url": "https://a.test/", "header": {"x": "y"}}), Proves::Behaviour)]
    #[case::port("tcp", "network", json!({"host": "a", "port": 1}), Proves::Answer)]
    #[case::talk("tcp", "network", json!({"host": "a", "port": 1, "expect": "+"}), Proves::Behaviour)]
    #[case::handshake("tls", "network", json!({"host": "a", "port": 1}), Proves::Answer)]
    #[case::certificate("tls", "network", json!({"host": "a", "port": 1, "expect_san": "a"}), Proves::Answer)]
    #[case::ping("mumble_ping", "host", json!({"port": 1}), Proves::Answer)]
    #[case::statuses("http_flow", "edge", json!({"steps": [{"url": "https://a.test/"}, {"url": "https://a.test/b"}]}), Proves::Answer)]
    #[case::captures("http_flow", "edge", json!({"steps": [{"url": "https://a.test/", "capture": {"t": "header:x"}}]}), Proves::Behaviour)]
    #[case::value("http_flow", "edge", json!({"steps": [{"url": "https://a.test/", "json_is": {"a": 1}}]}), Proves::Behaviour)]
    #[case::client("mumble", "network", json!({"host": "a", "port": 1}), Proves::Behaviour)]
    fn an_answer_is_no_behaviour(
        #[case] kind: &str,
        #[case] from: &str,
        #[case] with: serde_json::Value,
        #[case] proves: Proves,
    ) {
        assert_eq!(probe(kind, from, with).proves(), proves);
    }
}
