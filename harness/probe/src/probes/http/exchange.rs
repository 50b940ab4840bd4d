//! One request and its answer.

use std::error::Error;

use cc_ci_model::Vantage;
use reqwest::{RequestBuilder, Response};

use super::answer::{Answer, BODY_LIMIT};
use super::url::Url;
use crate::tls::{Trust, handshake};
use crate::{Access, ProbeError};

/// Sends `request` and reads the answer. `trust` is what the request was given: nothing where it
/// is plain `http`.
pub(super) async fn exchange(
    request: RequestBuilder,
    url: &Url,
    trust: Option<Trust<'_>>,
    access: &Access,
) -> Result<Answer, ProbeError> {
    match request.send().await {
        Ok(response) => read(response, url).await,
        Err(error) if error.is_connect() => Err(diagnose(&error, url, trust, access).await),
        Err(error) => {
            let (target, detail) = (url.to_string(), innermost(&error));
            Err(match url.target.from {
                _ if error.is_builder() => {
                    ProbeError::Broken { message: format!("{target}: {detail}") }
                }
                // No answer at all is the app's silence, or the edge's own: for a silent app it
                // says 502.
                Vantage::Edge => ProbeError::edge(format!("{target}: {detail}")),
                Vantage::Network | Vantage::Host => ProbeError::no_answer(target, detail),
            })
        }
    }
}

/// Finds out who is at fault when the client cannot connect, of which the TLS handshake is a part.
///
/// The client distinguishes a gateway that is down from an app that refuses, and a default certificate from a
/// wrong one, by words alone. So the connection is made once more without the client, and the typed error of
/// that try counts. If it succeeds, the obstacle is gone, for instance because the app was still starting. Then
/// only the words of the client are left.
async fn diagnose(
    error: &reqwest::Error,
    url: &Url,
    trust: Option<Trust<'_>>,
    access: &Access,
) -> ProbeError {
    match reconnect(url, trust, access).await {
        Err(obstacle) => obstacle,
        // At the edge only the edge itself was dialled; of the app nothing is known yet.
        Ok(()) if url.target.from == Vantage::Edge => {
            ProbeError::edge(format!("{url}: {}", innermost(error)))
        }
        Ok(()) => ProbeError::no_answer(url.to_string(), innermost(error)),
    }
}

async fn reconnect(url: &Url, trust: Option<Trust<'_>>, access: &Access) -> Result<(), ProbeError> {
    let stream = url.target.connect(access).await?;
    if let Some((name, trust)) = url.tls.clone().zip(trust) {
        let shaken = handshake(stream, name, trust).await;
        shaken.map_err(|failure| failure.into_probe_error(&url.to_string(), url.target.from))?;
    }
    Ok(())
}

async fn read(mut response: Response, url: &Url) -> Result<Answer, ProbeError> {
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while body.len() < BODY_LIMIT {
        let chunk = response.chunk().await.map_err(|error| {
            let (status, error) = (status.as_u16(), innermost(&error));
            ProbeError::unmet(format!("{url} answered {status}, then broke off: {error}"))
        })?;
        let Some(data) = chunk else { break };
        body.extend_from_slice(&data[..data.len().min(BODY_LIMIT - body.len())]);
    }
    Ok(Answer { status, headers, body })
}

/// What an error comes down to, in its own words; those around it only repeat the URL.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
