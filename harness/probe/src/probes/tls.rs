//! `tls`: a handshake, and whose certificate it was.

use async_trait::async_trait;
use cc_ci_model::{Facts, Observed, Proves, Vantage};
use rustls::pki_types::ServerName;

use crate::params::{Params, parse_server_name};
use crate::registry::{Key, Kind};
use crate::seen::Seen;
use crate::target::Target;
use crate::tls::{Certificate, TlsFailure, handshake, trusted};
use crate::{Access, Probe, ProbeError, SpecError};

pub(crate) const KIND: Kind = Kind {
    name: "tls",
    about: "completes a TLS handshake and looks at the certificate",
    from: &[Vantage::Network, Vantage::Host, Vantage::Edge],
    keys: &[
        Key { name: "host", about: "service or host name; 127.0.0.1 from the host" },
        Key { name: "port", about: "port number; 443 at the edge" },
        Key { name: "server_name", about: "name to ask for and to verify, else the host" },
        Key { name: "verify", about: "ca: the certificate is the edge's (default); none: any" },
        Key { name: "expect_san", about: "name that the certificate has to cover" },
    ],
    build,
};

struct Tls {
    target: Target,
    name: ServerName<'static>,
    verify: bool,
    expect_san: Option<ServerName<'static>>,
    /// What the last try saw.
    seen: Seen,
}

/// The name of the fact that a certificate covers a name.
const COVERS: &str = "certificate covers";

impl Tls {
    /// What is required of the certificate that was shown, and what it is.
    fn facts(&self, shown: Option<&Certificate>, accepted: bool) -> Facts {
        let word = |yes: bool| if yes { "yes" } else { "no" };
        let facts = Facts::default().with("certificate shown", "yes", word(shown.is_some()));
        let mut facts = facts.with("certificate accepted", "yes", word(accepted));
        if self.target.from == Vantage::Edge {
            let default = shown.is_some_and(Certificate::is_traefik_default);
            facts = facts.with("default certificate of the edge", "no", word(default));
        }
        if let Some(san) = &self.expect_san {
            facts.require(COVERS, [san.to_str()]);
            if shown.is_some_and(|certificate| certificate.covers(san)) {
                facts.find(COVERS, san.to_str());
            }
        }
        facts
    }
}

fn build(params: &Params<'_>) -> Result<Box<dyn Probe>, SpecError> {
    let target = Target::read(params)?;
    if params.from == Vantage::Edge && target.port != 443 {
        return Err(params.bad("port", "another port", "443, the edge's only port with TLS"));
    }
    let name = match params.server_name("server_name")? {
        Some(name) => name,
        None => parse_server_name(&target.host)
            .ok_or_else(|| params.bad("host", "no host name", "a host name or an IP address"))?,
    };
    let verify = params.choice("verify", &[("ca", true), ("none", false)])?.unwrap_or(true);
    let expect_san = params.server_name("expect_san")?;
    Ok(Box::new(Tls { target, name, verify, expect_san, seen: Seen::default() }))
}

#[async_trait]
impl Probe for Tls {
    async fn run(&self, access: &Access) -> Result<(), ProbeError> {
        self.seen.forget();
        let target = self.target.to_string();
        let stream = self.target.connect(access).await?;
        let trust = trusted(self.verify, access)?;
        let shaken = handshake(stream, self.name.clone(), trust).await;
        if let Err(TlsFailure::Certificate { seen, .. }) = &shaken {
            self.seen.add(|facts| *facts = self.facts(seen.as_ref(), false));
        }
        let (_, certificate) =
            shaken.map_err(|failure| failure.into_probe_error(&target, self.target.from))?;
        if self.seen.add(|facts| *facts = self.facts(certificate.as_ref(), true)) {
            return Ok(());
        }
        let Some(certificate) = certificate else {
            return Err(ProbeError::unmet(format!("{target} shows no certificate")));
        };
        if self.target.from == Vantage::Edge && certificate.is_traefik_default() {
            return Err(ProbeError::not_serving(target, "the edge shows its default certificate"));
        }
        let san = self.expect_san.as_ref().map(ServerName::to_str).unwrap_or_default();
        Err(ProbeError::unmet(format!("{target} shows a certificate without {san}")))
    }

    /// Whatever certificate is shown and whatever name is on it: a handshake is an answer, and says
    /// nothing of what is behind it.
    fn proves(&self) -> Proves {
        Proves::Answer
    }

    fn observed(&self) -> Option<Observed> {
        self.seen.observed()
    }

    fn describe(&self) -> String {
        let trusted = if self.verify { " with a trusted certificate" } else { "" };
        let san = self.expect_san.as_ref();
        let san = san.map(|san| format!(" that covers {}", san.to_str())).unwrap_or_default();
        format!("{} speaks TLS{trusted}{san}", self.target)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::testing::{Authority, Gateway, error_kind, probe, serve};

    #[derive(Clone, Copy)]
    enum Server {
        Good,
        Stranger,
        TraefikDefault,
        Plain,
        Closes,
    }

    async fn start(server: Server, authority: &Authority) -> std::net::SocketAddr {
        use tokio::io::AsyncWriteExt as _;
        let stranger = Authority::new();
        match server {
            Server::Good => authority.serve_tls("app.test").await,
            Server::Stranger => stranger.serve_tls("app.test").await,
            Server::TraefikDefault => Authority::serve_default_certificate().await,
            Server::Closes => serve(|stream| async move { drop(stream) }).await,
            Server::Plain => {
                serve(|mut stream| async move {
                    let _ = stream.write_all(b"220 smtp.test ESMTP ready\r\n").await;
                    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
                })
                .await
            }
        }
    }

    #[rstest]
    #[case::good(Server::Good, "ca", "ok", "ok")]
    #[case::any(Server::Stranger, "none", "ok", "ok")]
    #[case::stranger(Server::Stranger, "ca", "unmet", "edge")]
    #[case::default_certificate(Server::TraefikDefault, "ca", "unmet", "not serving")]
    #[case::default_unverified(Server::TraefikDefault, "none", "ok", "not serving")]
    #[case::plain(Server::Plain, "none", "no answer", "edge")]
    #[case::closes(Server::Closes, "none", "no answer", "edge")]
    #[tokio::test]
    async fn inside_and_at_the_edge(
        #[case] server: Server,
        #[case] verify: &str,
        #[case] inside: &str,
        #[case] outside: &str,
    ) {
        let authority = Authority::new();
        let address = start(server, &authority).await;
        let gateway = Gateway::start([("app.test", address)]).await;
        let access = authority.access(address, Some(gateway));
        let with = json!({"host": "app.test", "port": 443, "verify": verify});
        for (from, result) in [("network", inside), ("edge", outside)] {
            let probe = probe("tls", from, with.clone());
            let run = probe.run(&access).await;
            assert_eq!(error_kind(&run), result, "{from}: {run:?}");
            let held = probe.observed().map(|seen| seen.holds());
            assert!(held.is_none_or(|held| held == run.is_ok()), "{:?}", probe.observed());
            assert!(held.is_some() || run.is_err());
        }
    }

    #[rstest]
    #[case::covered("app.test", "ok")]
    #[case::not_covered("db.test", "unmet")]
    #[tokio::test]
    async fn the_certificate_has_to_cover_the_name(#[case] san: &str, #[case] result: &str) {
        let authority = Authority::new();
        let address = authority.serve_tls("app.test").await;
        let with = json!({"port": address.port(), "server_name": "app.test", "expect_san": san});
        let probe = probe("tls", "host", with);
        let run = probe.run(&authority.access(address, None)).await;
        assert_eq!(error_kind(&run), result, "{run:?}");
        assert_eq!(probe.observed().map(|seen| seen.holds()), Some(run.is_ok()));
    }

    #[tokio::test]
    async fn a_certificate_for_another_name_is_not_accepted() {
        let authority = Authority::new();
        let address = authority.serve_tls("other.test").await;
        let with = json!({"port": address.port(), "server_name": "app.test"});
        let run = probe("tls", "host", with).run(&authority.access(address, None)).await;
        assert_eq!(error_kind(&run), "unmet", "{run:?}");
    }

    #[tokio::test]
    async fn without_an_authority_nothing_can_be_verified() {
        let authority = Authority::new();
        let address = authority.serve_tls("app.test").await;
        let with = json!({"port": address.port(), "server_name": "app.test"});
        let run = probe("tls", "host", with).run(&Access::default()).await;
        assert_eq!(error_kind(&run), "edge", "{run:?}");
    }
}
