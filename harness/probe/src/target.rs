//! A place that a probe connects to.

use std::fmt;

use cc_ci_model::Vantage;

use crate::params::Params;
use crate::{Access, BoxStream, ProbeError, SpecError, dial};

/// Host and port, seen from somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) from: Vantage,
}

impl Target {
    /// Reads `host` and `port`.
    ///
    /// With `from = "host"` the key may be left out, since this machine is the only host. The name of a service
    /// is refused there: it would look as if the service itself were asked.
    pub(crate) fn read(params: &Params<'_>) -> Result<Self, SpecError> {
        let host = match (params.from, params.text("host")?) {
            (Vantage::Host, None | Some("127.0.0.1" | "localhost")) => "127.0.0.1",
            (Vantage::Host, Some(_)) => {
                let expected = "127.0.0.1 or nothing, because from = \"host\" is this machine";
                return Err(params.bad("host", "another host", expected));
            }
            (Vantage::Network | Vantage::Edge, Some(host)) if host.len() > MAX_HOST => {
                return Err(params.bad("host", "too long", "at most 255 bytes"));
            }
            (Vantage::Network | Vantage::Edge, Some(host)) => host,
            (Vantage::Network | Vantage::Edge, None) => {
                return Err(params.missing("host", "the name of a service or a host"));
            }
        };
        Ok(Self { host: host.to_owned(), port: params.need_port("port")?, from: params.from })
    }

    pub(crate) async fn connect(&self, access: &Access) -> Result<BoxStream, ProbeError> {
        Ok(dial(self.from, access)?.tcp(&self.host, self.port).await?)
    }
}

/// RFC 1928, section 5: SOCKS5 gives the length of a name in one byte.
const MAX_HOST: usize = 255;

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::testing::spec;

    #[rstest]
    #[case::service("network", json!({"host": "app", "port": 80}), Some("app:80"))]
    #[case::no_host("network", json!({"port": 80}), None)]
    #[case::this_machine("host", json!({"port": 80}), Some("127.0.0.1:80"))]
    #[case::by_name("host", json!({"host": "localhost", "port": 80}), Some("127.0.0.1:80"))]
    #[case::service_from_host("host", json!({"host": "app", "port": 80}), None)]
    #[case::long_name("network", json!({"host": "a".repeat(256), "port": 80}), None)]
    fn the_vantage_decides_which_hosts_there_are(
        #[case] from: &str,
        #[case] with: serde_json::Value,
        #[case] target: Option<&str>,
    ) {
        let spec = spec("tcp", from, with);
        let read = Target::read(&Params::new("tcp", &spec)).ok();
        assert_eq!(read.map(|target| target.to_string()).as_deref(), target);
    }
}
