//! The `http` probe.

use async_trait::async_trait;
use bytes::Bytes;
use cc_ci_model::Vantage;
use reqwest::Method;

use super::exchange::exchange;
use super::expectation::Expectation;
use super::proxy;
use super::route::route;
use super::url::Url;
use crate::params::Params;
use crate::registry::{Key, Kind};
use crate::tls::trusted;
use crate::{Access, Probe, ProbeError, SpecError};

pub(crate) const KIND: Kind = Kind {
    name: "http",
    about: "sends one HTTP/1.1 request and looks at the answer; follows no redirect",
    from: &[Vantage::Network, Vantage::Host, Vantage::Edge],
    keys: &[
        Key { name: "url", about: "absolute URL, http or https" },
        Key { name: "method", about: "request method, else GET" },
        Key { name: "body", about: "request body" },
        Key { name: "status", about: "accepted status or list of them, else 200" },
        Key { name: "contains", about: "text or texts that the body has to hold" },
        Key { name: "header", about: "response headers and their exact values" },
        Key { name: "verify", about: "ca: the certificate is the edge's (default); none: any" },
    ],
    build,
};

/// One request with its expectation.
#[derive(Debug)]
struct Http {
    url: Url,
    method: Method,
    body: Bytes,
    verify: bool,
    expectation: Expectation,
}

fn build(params: &Params<'_>) -> Result<Box<dyn Probe>, SpecError> {
    let url = Url::read(params)?;
    let method = params.text("method")?.unwrap_or("GET");
    let is_method = |method: &&str| method.chars().all(|c| c.is_ascii_uppercase());
    let method = Some(method)
        .filter(is_method)
        .and_then(|method| method.parse().ok())
        .filter(|method| *method != Method::CONNECT)
        .ok_or_else(|| params.bad("method", "no method", "GET, HEAD, POST, …"))?;
    let verify = params.choice("verify", &[("ca", true), ("none", false)])?;
    if params.from == Vantage::Edge && verify == Some(false) {
        return Err(params.bad("verify", "\"none\"", "\"ca\", because visitors verify too"));
    }
    Ok(Box::new(Http {
        url,
        method,
        body: params.text("body")?.unwrap_or_default().to_owned().into(),
        verify: verify.unwrap_or(true),
        expectation: Expectation::read(params)?,
    }))
}

#[async_trait]
impl Probe for Http {
    async fn run(&self, access: &Access) -> Result<(), ProbeError> {
        let url = self.url.to_string();
        let trust = self.url.tls.is_some().then(|| trusted(self.verify, access)).transpose()?;
        let client = route(&self.url, trust, access)?;
        let request =
            client.request(self.method.clone(), self.url.web.clone()).body(self.body.clone());
        let answer = exchange(request, &self.url, trust, access).await?;
        if self.url.target.from == Vantage::Edge
            && let Some(detail) = proxy::own_answer(&answer, &self.expectation.status)
        {
            return Err(ProbeError::not_serving(url, detail));
        }
        match self.expectation.unmet(&answer) {
            Some(unmet) => Err(ProbeError::unmet(format!("{} {url} {unmet}", self.method))),
            None => Ok(()),
        }
    }

    fn describe(&self) -> String {
        let expected = self.expectation.describe();
        if self.method == Method::GET {
            format!("{} answers {expected}", self.url)
        } else {
            format!("{} {} answers {expected}", self.method, self.url)
        }
    }
}
