//! One request and its answer over an open connection.

use bytes::Bytes;
use cc_ci_model::Vantage;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

use super::answer::{Answer, BODY_LIMIT};
use crate::{BoxStream, ProbeError};

/// Sends `request` and reads the answer. The connection is driven in here and not in a task of
/// its own, so that dropping the future ends both.
pub(super) async fn exchange(
    stream: BoxStream,
    request: Request<Full<Bytes>>,
    url: &str,
    from: Vantage,
) -> Result<Answer, ProbeError> {
    // No answer at all is the app's silence, or the edge's own: for a silent app it says 502.
    let silent = |error: hyper::Error| match from {
        Vantage::Edge => ProbeError::edge(format!("{url}: {}", words(&error))),
        Vantage::Network | Vantage::Host => ProbeError::no_answer(url, words(&error)),
    };
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(silent)?;
    let talk = async {
        let response = sender.send_request(request).await.map_err(silent)?;
        read(response, url).await
    };
    tokio::pin!(talk, connection);
    tokio::select! {
        biased;
        answer = &mut talk => answer,
        // What the connection has handed over by its end is still to be read.
        _ = &mut connection => talk.await,
    }
}

async fn read(response: Response<hyper::body::Incoming>, url: &str) -> Result<Answer, ProbeError> {
    let (head, mut incoming) = response.into_parts();
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| {
            let (status, error) = (head.status.as_u16(), words(&error));
            ProbeError::unmet(format!("{url} answered {status}, then broke off: {error}"))
        })?;
        if let Some(data) = frame.data_ref() {
            body.extend_from_slice(&data[..data.len().min(BODY_LIMIT - body.len())]);
        }
        if body.len() == BODY_LIMIT {
            break;
        }
    }
    Ok(Answer { status: head.status, headers: head.headers, body })
}

/// An error with its causes on one line.
fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}
