//! The `http` probe.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use cc_ci_model::{Observed, Proves, Vantage};
use reqwest::Method;

use super::ask::{Journey, ask, read_method, read_verify};
use super::expectation::Expectation;
use super::url::Url;
use crate::params::Params;
use crate::registry::{Key, Kind};
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
    /// What the last try saw.
    seen: Mutex<Option<Observed>>,
}

fn build(params: &Params<'_>) -> Result<Box<dyn Probe>, SpecError> {
    Ok(Box::new(Http {
        url: Url::read(params)?,
        method: read_method(params)?.unwrap_or(Method::GET),
        body: params.text("body")?.unwrap_or_default().to_owned().into(),
        verify: read_verify(params)?,
        expectation: Expectation::read(params)?,
        seen: Mutex::default(),
    }))
}

impl Http {
    fn keep(&self, seen: Option<Observed>) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
    }
}

#[async_trait]
impl Probe for Http {
    async fn run(&self, access: &Access) -> Result<(), ProbeError> {
        let Self { url, method, expectation, .. } = self;
        self.keep(None);
        let journey = Journey { url, verify: self.verify, cookies: None };
        let answer = ask(journey, &expectation.status, access, |client| {
            client.request(method.clone(), url.web.clone()).body(self.body.clone())
        })
        .await?;
        self.keep(Some(expectation.observed(&answer)));
        match expectation.unmet(&answer, &answer) {
            Some(unmet) => Err(ProbeError::unmet(format!("{method} {url} {unmet}"))),
            None => Ok(()),
        }
    }

    /// Any server in front of the app can answer with a status; what is in the answer is the app's.
    fn proves(&self) -> Proves {
        if self.expectation.looks_inside() { Proves::Behaviour } else { Proves::Answer }
    }

    fn observed(&self) -> Option<Observed> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
