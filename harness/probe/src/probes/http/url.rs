//! The URL of a request, taken apart.

use std::fmt;

use cc_ci_model::Vantage;
use hyper::Uri;
use rustls::pki_types::ServerName;

use crate::SpecError;
use crate::params::{Params, parse_server_name};
use crate::target::Target;

const KEY: &str = "url";

/// An absolute `http` or `https` URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Url {
    text: String,
    pub(super) target: Target,
    /// The name that a certificate has to carry; nothing where the URL is plain `http`.
    pub(super) tls: Option<ServerName<'static>>,
    /// The `Host` header: the host, and the port where it is not the usual one.
    pub(super) authority: String,
    /// Path and query.
    pub(super) path: String,
}

impl Url {
    pub(super) fn read(params: &Params<'_>) -> Result<Self, SpecError> {
        let text = params.need_text(KEY, "a URL")?;
        let absolute = "an absolute URL, http://host/path or https://host/path";
        let bad = |found: &str, expected: &str| params.bad(KEY, found, expected);
        let uri: Uri = text.parse().map_err(|_| bad("no URL", absolute))?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(bad("no web address", absolute)),
        };
        let authority = uri.authority().ok_or_else(|| bad("without a host", absolute))?;
        if authority.as_str().contains('@') {
            return Err(bad("with a user name in it", absolute));
        }
        let host = authority.host();
        let name = parse_server_name(host).ok_or_else(|| bad("without a usable host", absolute))?;
        let usual = if secure { 443 } else { 80 };
        let port = authority.port_u16().unwrap_or(usual);
        match params.from {
            Vantage::Edge if port != usual => {
                return Err(bad("with a port", "no port, because the edge has the usual ones"));
            }
            Vantage::Edge if matches!(name, ServerName::IpAddress(_)) => {
                return Err(bad("without a name", "a host name, because the edge routes by name"));
            }
            Vantage::Network | Vantage::Host | Vantage::Edge => {}
        }
        Ok(Self {
            text: text.to_owned(),
            target: Target {
                host: host.trim_matches(['[', ']']).to_owned(),
                port,
                from: params.from,
            },
            tls: secure.then_some(name),
            authority: if port == usual { host.to_owned() } else { format!("{host}:{port}") },
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::testing::spec;

    fn read(from: &str, url: &str) -> Result<Url, SpecError> {
        let spec = spec("http", from, json!({ "url": url }));
        Url::read(&Params::new("http", &spec))
    }

    #[rstest]
    #[case::edge("edge", "https://a.test/x?y=1", "a.test:443", "a.test", "/x?y=1")]
    #[case::no_path("edge", "http://a.test", "a.test:80", "a.test", "/")]
    #[case::usual_port("edge", "https://a.test:443/", "a.test:443", "a.test", "/")]
    #[case::port("network", "http://app:8080/", "app:8080", "app:8080", "/")]
    #[case::ipv6("network", "http://[::1]:8080/", "::1:8080", "[::1]:8080", "/")]
    fn a_url_is_taken_apart(
        #[case] from: &str,
        #[case] url: &str,
        #[case] target: &str,
        #[case] authority: &str,
        #[case] path: &str,
    ) {
        let read = read(from, url).unwrap();
        assert_eq!(read.target.to_string(), target);
        assert_eq!((read.authority.as_str(), read.path.as_str()), (authority, path));
        assert_eq!(read.tls.is_some(), url.starts_with("https:"));
    }

    #[rstest]
    #[case::relative("network", "/x")]
    #[case::ftp("network", "ftp://a/")]
    #[case::user("network", "http://me:secret@a/")]
    #[case::placeholder("network", "http://${domain}/")]
    #[case::edge_port("edge", "https://a.test:8443/")]
    #[case::edge_address("edge", "https://127.0.0.1/")]
    fn other_urls_are_refused_without_repeating_them(#[case] from: &str, #[case] url: &str) {
        let error = read(from, url).unwrap_err().to_string();
        assert!(error.contains("key \"url\" is"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}
