//! The URL of a request, taken apart.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use cc_ci_model::Vantage;
use rustls::pki_types::ServerName;

use crate::SpecError;
use crate::params::{Params, parse_server_name};
use crate::target::Target;

const KEY: &str = "url";

/// An absolute `http` or `https` URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    text: String,
    pub(crate) web: reqwest::Url,
    pub(crate) target: Target,
    /// The name that a certificate has to carry; nothing where the URL is plain `http`.
    pub(crate) tls: Option<ServerName<'static>>,
}

impl Url {
    pub(crate) fn read(params: &Params<'_>) -> Result<Self, SpecError> {
        let text = params.need_text(KEY, "a URL")?;
        let absolute = "an absolute URL, http://host/path or https://host/path";
        let bad = |found: &str, expected: &str| params.bad(KEY, found, expected);
        let web = reqwest::Url::parse(text).map_err(|_| bad("no URL", absolute))?;
        let secure = match web.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(bad("no web address", absolute)),
        };
        if !web.username().is_empty() || web.password().is_some() {
            return Err(bad("with a user name in it", absolute));
        }
        let (host, port) = web
            .host_str()
            .zip(web.port_or_known_default())
            .ok_or_else(|| bad("without a host", absolute))?;
        // Parsers of URLs mend what they read: `http:/login` becomes the host `login`. What had to
        // be mended is not what its author meant.
        if !text.to_ascii_lowercase().starts_with(&format!("{}://{host}", web.scheme())) {
            return Err(bad("no plain URL", absolute));
        }
        let name = parse_server_name(host).ok_or_else(|| bad("without a usable host", absolute))?;
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        match (params.from, address) {
            (Vantage::Edge, _) if web.port().is_some() => {
                return Err(bad("with a port", "no port, because the edge has the usual ones"));
            }
            (Vantage::Edge, Some(_)) => {
                return Err(bad("without a name", "a host name, because the edge routes by name"));
            }
            (Vantage::Host, Some(other)) if other != Ipv4Addr::LOCALHOST => {
                let expected = "127.0.0.1 or a name, because from = \"host\" is this machine";
                return Err(bad("with another address", expected));
            }
            // The client gives TLS the address with its brackets, which is no name for it.
            (Vantage::Network, Some(IpAddr::V6(_))) if secure => {
                return Err(bad("https with an IPv6 address", "https with a host name"));
            }
            (Vantage::Network | Vantage::Host | Vantage::Edge, _) => {}
        }
        let target =
            Target { host: host.trim_matches(['[', ']']).to_owned(), port, from: params.from };
        Ok(Self { text: text.to_owned(), target, tls: secure.then_some(name), web })
    }

    /// The same URL, of which messages show `text`: where a secret was filled in, its placeholder.
    pub(crate) fn shown_as(self, text: &str) -> Self {
        Self { text: text.to_owned(), ..self }
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
        let sent = read.web.as_str().split_once("://").unwrap().1;
        assert_eq!((read.web.authority(), sent), (authority, &*format!("{authority}{path}")));
        assert_eq!(read.tls.is_some(), url.starts_with("https:"));
    }

    #[rstest]
    #[case::relative("network", "/x")]
    #[case::ftp("network", "ftp://a/")]
    #[case::user("network", "http://me:secret@a/")]
    #[case::placeholder("network", "http://${domain}/")]
    #[case::no_authority("network", "http:/secret")]
    #[case::empty_authority("network", "http:///secret")]
    #[case::short_address("network", "http://127.1/")]
    #[case::other_address("host", "http://10.1.2.3/")]
    #[case::secure_ipv6("network", "https://[::1]/")]
    #[case::edge_port("edge", "https://a.test:8443/")]
    #[case::edge_address("edge", "https://127.0.0.1/")]
    fn other_urls_are_refused_without_repeating_them(#[case] from: &str, #[case] url: &str) {
        let error = read(from, url).unwrap_err().to_string();
        assert!(error.contains("key \"url\" is"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}
