//! The engine's own JSON, where the client's types leave something out.
//!
//! The client's types follow the engine's reference, which does not mention the networks of a task
//! (`NetworksAttachments`); the engine sends them all the same.

use std::collections::BTreeMap;

use bytes::Bytes;
use cc_ci_engine::EngineError;
use http_body_util::{BodyExt as _, Empty};
use hyper::{Request, Response, body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use crate::Docker;

/// Filters of a list request: the filter's name → its values.
pub(crate) type RawFilters = BTreeMap<String, Vec<String>>;

/// An answer of the engine with its whole body.
#[derive(Debug)]
pub(crate) struct RawAnswer {
    pub(crate) head: Response<()>,
    pub(crate) body: Bytes,
}

impl Docker {
    /// Asks for `path` (with its query) and gives the answer back as it is.
    pub(crate) async fn raw(&self, path: &str) -> Result<RawAnswer, EngineError> {
        let asked = self.asked("read", path, "");
        let failed = |error: &dyn std::fmt::Display| asked.unreachable(error.to_string());
        let answer = if let Some(socket) = self.endpoint.strip_prefix("unix://") {
            let stream = UnixStream::connect(socket).await.map_err(|error| failed(&error))?;
            exchange(stream, path).await
        } else {
            let host = self.endpoint.split_once("://").map_or(&*self.endpoint, |(_, host)| host);
            let stream = TcpStream::connect(host).await.map_err(|error| failed(&error))?;
            exchange(stream, path).await
        };
        answer.map_err(|error| failed(&error))
    }

    /// The JSON list at `path`.
    pub(crate) async fn raw_list(
        &self,
        path: &str,
        filters: &RawFilters,
    ) -> Result<Vec<Value>, EngineError> {
        let asked = self.asked("list", path.trim_start_matches('/'), "");
        let filters = serde_json::to_string(filters).map_err(|e| asked.nonsense(e.to_string()))?;
        let answer = self.raw(&format!("{path}?filters={}", percent(&filters))).await?;
        if !answer.head.status().is_success() {
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(asked.nonsense(format!("{}: {said}", answer.head.status())));
        }
        serde_json::from_slice(&answer.body).map_err(|error| asked.nonsense(error.to_string()))
    }
}

async fn exchange<T>(stream: T, path: &str) -> Result<RawAnswer, hyper::Error>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let request = Request::get(path).header("host", "docker").body(Empty::<Bytes>::new());
    // A malformed path is not sent: the engine would refuse it.
    let request = request.unwrap_or_default();
    let response: Response<Incoming> = sender.send_request(request).await?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    connection.abort();
    Ok(RawAnswer { head: Response::from_parts(parts, ()), body })
}

/// Percent-encodes everything that is not a letter or a digit.
fn percent(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(encode).collect()
}
