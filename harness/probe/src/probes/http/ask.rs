//! One question to the app, and its answer.

use std::sync::Arc;

use cc_ci_model::Vantage;
use reqwest::cookie::Jar;
use reqwest::{Client, Method, RequestBuilder, StatusCode};

use super::answer::Answer;
use super::exchange::exchange;
use super::proxy;
use super::route::route;
use super::url::Url;
use crate::params::Params;
use crate::tls::trusted;
use crate::{Access, ProbeError, SpecError};

/// How a request travels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Journey<'a> {
    pub(crate) url: &'a Url,
    /// Whether the certificate has to be the edge's.
    pub(crate) verify: bool,
    /// The cookies of the conversation, where there is one.
    pub(crate) cookies: Option<&'a Arc<Jar>>,
}

/// Sends what `request` makes of the client. Where the edge answers in the app's place, with a
/// status that is not among the `expected`, that is an error and no answer.
pub(crate) async fn ask(
    journey: Journey<'_>,
    expected: &[StatusCode],
    access: &Access,
    request: impl FnOnce(Client) -> RequestBuilder,
) -> Result<Answer, ProbeError> {
    let Journey { url, verify, cookies } = journey;
    let trust = url.tls.is_some().then(|| trusted(verify, access)).transpose()?;
    let client = route(url, trust, access, cookies)?;
    let answer = exchange(request(client), url, trust, access).await?;
    if url.target.from == Vantage::Edge
        && let Some(detail) = proxy::own_answer(&answer, expected)
    {
        return Err(ProbeError::not_serving(url.to_string(), detail));
    }
    Ok(answer)
}

/// Reads `method`.
pub(crate) fn read_method(params: &Params<'_>) -> Result<Option<Method>, SpecError> {
    let Some(word) = params.text("method")? else {
        return Ok(None);
    };
    let method = word.parse().ok().filter(|method| *method != Method::CONNECT);
    let method = method.filter(|_| word.chars().all(|c| c.is_ascii_uppercase()));
    method.map(Some).ok_or_else(|| params.bad("method", "no method", "GET, HEAD, POST, …"))
}

/// Reads `verify`: whether a certificate has to be the edge's.
pub(crate) fn read_verify(params: &Params<'_>) -> Result<bool, SpecError> {
    let verify = params.choice("verify", &[("ca", true), ("none", false)])?;
    if params.from == Vantage::Edge && verify == Some(false) {
        return Err(params.bad("verify", "\"none\"", "\"ca\", because visitors verify too"));
    }
    Ok(verify.unwrap_or(true))
}
