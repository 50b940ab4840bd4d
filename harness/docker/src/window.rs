//! A part of the engine's API for a program that must not see more.
//!
//! Everything that is not listed here is refused, and of what is listed only the fields stay that the
//! reader needs: a service's environment may hold passwords.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use cc_ci_engine::{EngineError, LABEL_NAMESPACE, Window};
use futures_util::StreamExt as _;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::net::UnixListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::Docker;
use crate::raw::RawFilters;

type Answer = Response<Full<Bytes>>;

/// An open window; it closes when this is dropped.
struct Open {
    socket: PathBuf,
    tasks: [JoinHandle<()>; 2],
}

impl Drop for Open {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        let _ = std::fs::remove_file(&self.socket);
    }
}

impl Docker {
    pub(crate) fn window(&self, window: &Window) -> Result<Box<dyn Send + Sync>, EngineError> {
        let path = window.socket.clone();
        let failed = |error: std::io::Error| EngineError::Refused {
            action: format!("serve the engine's API on {}", path.display()),
            status: None,
            message: error.to_string(),
        };
        // A socket that a killed process left is in the way of a new one.
        let _ = std::fs::remove_file(&path);
        let listener = UnixListener::bind(&path).map_err(failed)?;
        let memory = Mutex::new(Memory { changed: Instant::now(), answers: HashMap::new() });
        let view = Arc::new(View { docker: self.clone(), window: window.clone(), memory });
        let watching = tokio::spawn(Arc::clone(&view).watch());
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let view = Arc::clone(&view);
                tokio::spawn(async move {
                    let answer = service_fn(move |request| {
                        let view = Arc::clone(&view);
                        async move { Ok::<_, Infallible>(view.answer(&request).await) }
                    });
                    // A reader that breaks off is the reader's own business.
                    let _ =
                        http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        Ok(Box::new(Open { socket: window.socket.clone(), tasks: [accepting, watching] }))
    }
}

struct View {
    docker: Docker,
    window: Window,
    memory: Mutex<Memory>,
}

/// Answers that are given again while nothing happens: the reader asks several times a second.
struct Memory {
    /// When something happened last on the engine.
    changed: Instant,
    /// By path and query, with the time at which the engine was asked.
    answers: HashMap<String, (Instant, Vec<Value>)>,
}

/// Tasks have no events of their own: what follows an event of a container shows within this time.
const AFTERMATH: Duration = Duration::from_secs(3);
/// An answer is given again for no longer than this, should an event be missed.
const AGE: Duration = Duration::from_secs(5);

impl Memory {
    fn recall(&self, question: &str, now: Instant) -> Option<Vec<Value>> {
        let (asked, answer) = self.answers.get(question)?;
        let settled = *asked >= self.changed + AFTERMATH;
        (settled && now.saturating_duration_since(*asked) < AGE).then(|| answer.clone())
    }
}

impl View {
    /// Notes each event of the engine, until the stream of events ends.
    async fn watch(self: Arc<Self>) {
        let Ok(mut events) = self.docker.event_stream().await else { return };
        while let Some(Ok(event)) = events.next().await {
            // Commands in containers change nothing that is shown.
            if !event.action.starts_with("exec_") {
                self.remember().changed = Instant::now();
            }
        }
    }

    fn remember(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn list(&self, path: &str, query: &str) -> Result<Vec<Value>, EngineError> {
        let question = format!("{path}?{query}");
        let asked = Instant::now();
        let known = self.remember().recall(&question, asked);
        if let Some(answer) = known {
            return Ok(answer);
        }
        let answer = match path {
            "/services" => self.services().await,
            "/tasks" => self.tasks(query).await,
            _ => self.networks().await,
        }?;
        self.remember().answers.insert(question, (asked, answer.clone()));
        Ok(answer)
    }

    async fn answer(&self, request: &Request<Incoming>) -> Answer {
        let reads = request.method() == Method::GET || request.method() == Method::HEAD;
        let path = unversioned(request.uri().path());
        let query = request.uri().query().unwrap_or_default();
        let answer = match (reads, path) {
            (true, "/_ping" | "/version") => return self.as_it_is(path).await,
            (true, "/services" | "/tasks" | "/networks") => self.list(path, query).await,
            (true, path) if node_id(path).is_some() => return self.node(path).await,
            _ => return refuse(&format!("{} {path} is not served here", request.method())),
        };
        match answer {
            Ok(list) => respond(StatusCode::OK, &Value::Array(list)),
            Err(error) => {
                let message = json!({ "message": error.to_string() });
                respond(StatusCode::INTERNAL_SERVER_ERROR, &message)
            }
        }
    }

    /// What every engine says to everybody: its version.
    async fn as_it_is(&self, path: &str) -> Answer {
        match self.docker.raw(path).await {
            Ok(answer) => {
                let (mut parts, ()) = answer.head.into_parts();
                // The body is whole now, whichever way it came.
                for header in ["transfer-encoding", "content-length", "connection"] {
                    parts.headers.remove(header);
                }
                Response::from_parts(parts, Full::new(answer.body))
            }
            Err(error) => {
                respond(StatusCode::BAD_GATEWAY, &json!({ "message": error.to_string() }))
            }
        }
    }

    /// Where a node is: ports that a task publishes on its node are reached there.
    async fn node(&self, path: &str) -> Answer {
        let failed =
            |message: String| respond(StatusCode::BAD_GATEWAY, &json!({ "message": message }));
        match self.docker.raw(path).await {
            Ok(answer) => match serde_json::from_slice::<Value>(&answer.body) {
                Ok(node) => respond(answer.head.status(), &keep(&node, &NODE)),
                Err(error) => failed(error.to_string()),
            },
            Err(error) => failed(error.to_string()),
        }
    }

    fn own(&self) -> RawFilters {
        let label = format!("{LABEL_NAMESPACE}={}", self.window.stack);
        RawFilters::from([("label".to_owned(), vec![label])])
    }

    async fn services(&self) -> Result<Vec<Value>, EngineError> {
        let found = self.docker.raw_list("/services", &self.own()).await?;
        Ok(found.iter().map(service).collect())
    }

    /// Of the filters of the request only those count that make the list shorter.
    async fn tasks(&self, query: &str) -> Result<Vec<Value>, EngineError> {
        let mut filters = self.own();
        for (name, values) in asked_filters(query) {
            if matches!(name.as_str(), "service" | "desired-state") {
                filters.insert(name, values);
            }
        }
        let found = self.docker.raw_list("/tasks", &filters).await?;
        Ok(found.iter().map(|task| keep(task, &TASK)).collect())
    }

    async fn networks(&self) -> Result<Vec<Value>, EngineError> {
        let found = self.docker.raw_list("/networks", &RawFilters::new()).await?;
        Ok(found.iter().filter_map(|network| self.network(network)).collect())
    }

    /// The network under the name that is shown, where it is shown at all.
    fn network(&self, network: &Value) -> Option<Value> {
        let shown = self.window.networks.get(network.get("Name")?.as_str()?)?;
        let mut network = keep(network, &NETWORK);
        network["Name"] = Value::String(shown.clone());
        Some(network)
    }
}

const SERVICE: [&str; 5] = ["ID", "Version", "CreatedAt", "UpdatedAt", "Endpoint"];
const SPEC: [&str; 4] = ["Name", "Mode", "EndpointSpec", "Networks"];
const TASK: [&str; 9] = [
    "ID",
    "Version",
    "CreatedAt",
    "ServiceID",
    "Slot",
    "NodeID",
    "DesiredState",
    "Status",
    "NetworksAttachments",
];
const NETWORK: [&str; 6] = ["Id", "Created", "Scope", "Driver", "Internal", "Ingress"];
const NODE: [&str; 2] = ["ID", "Status"];
/// Labels that a router is configured by (Traefik's documentation, Swarm provider).
const LABELS: &str = "traefik.";

/// A service without what its containers hold.
fn service(service: &Value) -> Value {
    let empty = Value::Null;
    let spec = service.get("Spec").unwrap_or(&empty);
    let labels = spec.get("Labels").and_then(Value::as_object).into_iter().flatten();
    let labels: Map<String, Value> = labels
        .filter(|(name, _)| name.to_ascii_lowercase().starts_with(LABELS))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut shown = keep(spec, &SPEC);
    shown["Labels"] = Value::Object(labels);
    shown["TaskTemplate"] = keep(spec.get("TaskTemplate").unwrap_or(&empty), &["Networks"]);
    let mut service = keep(service, &SERVICE);
    service["Spec"] = shown;
    service
}

/// An object with these keys of `value` and no others.
fn keep(value: &Value, keys: &[&str]) -> Value {
    let kept = |key: &&str| value.get(*key).map(|found| ((*key).to_owned(), found.clone()));
    Value::Object(keys.iter().filter_map(kept).collect())
}

/// The node whose path this is.
fn node_id(path: &str) -> Option<&str> {
    let id = path.strip_prefix("/nodes/")?;
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(id)
}

/// The path without the version of the API in front of it.
fn unversioned(path: &str) -> &str {
    let rest = path.strip_prefix("/v").and_then(|rest| rest.split_once('/'));
    match rest {
        Some((version, _)) if version.bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
            &path[version.len() + 2..]
        }
        _ => path,
    }
}

/// The filters of a query, in either of the two forms that engines read: `{"a": {"b": true}}` and
/// `{"a": ["b"]}`.
fn asked_filters(query: &str) -> BTreeMap<String, Vec<String>> {
    let filters = query.split('&').find_map(|pair| pair.strip_prefix("filters="));
    let filters = filters.map(decoded).unwrap_or_default();
    let Ok(Value::Object(filters)) = serde_json::from_slice(&filters) else {
        return BTreeMap::new();
    };
    let values = |value: Value| match value {
        Value::Object(values) => values.into_iter().map(|(name, _)| name).collect(),
        Value::Array(values) => {
            values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    filters.into_iter().map(|(name, value)| (name, values(value))).collect()
}

/// Bytes behind percent signs and plus signs.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        let hex = more.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = more;
            }
            _ => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    bytes
}

fn refuse(message: &str) -> Answer {
    respond(StatusCode::FORBIDDEN, &json!({ "message": message }))
}

fn respond(status: StatusCode, body: &Value) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body.to_string())));
    *answer.status_mut() = status;
    let json = hyper::header::HeaderValue::from_static("application/json");
    answer.headers_mut().insert(hyper::header::CONTENT_TYPE, json);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("/v1.24/services", "/services")]
    #[case("/services", "/services")]
    #[case("/v1.24/../containers/json", "/../containers/json")]
    #[case("/volumes", "/volumes")]
    fn a_version_is_no_part_of_the_path(#[case] path: &str, #[case] expected: &str) {
        assert_eq!(unversioned(path), expected);
    }

    #[rstest::rstest]
    #[case::just_after_an_event(2, 2, false)]
    #[case::settled(4, 4, true)]
    #[case::settled_a_while_ago(4, 8, true)]
    #[case::old(4, 9, false)]
    #[tokio::test]
    async fn an_answer_is_given_again_while_nothing_happens(
        #[case] asked: u64,
        #[case] now: u64,
        #[case] again: bool,
    ) {
        let changed = Instant::now();
        let at = |seconds| changed + Duration::from_secs(seconds);
        let answers = HashMap::from([("/services?".to_owned(), (at(asked), vec![json!(1)]))]);
        let memory = Memory { changed, answers };
        assert_eq!(memory.recall("/services?", at(now)).is_some(), again);
        assert_eq!(memory.recall("/tasks?", at(now)), None);
    }

    #[rstest::rstest]
    #[case("/nodes/v8t7", Some("v8t7"))]
    #[case("/nodes", None)]
    #[case("/nodes/", None)]
    #[case("/nodes/v8t7/update", None)]
    #[case("/nodes/..%2finfo", None)]
    fn one_node_is_shown_at_a_time(#[case] path: &str, #[case] expected: Option<&str>) {
        assert_eq!(node_id(path), expected);
    }

    #[rstest::rstest]
    #[case("filters=%7B%22service%22%3A%7B%22a%22%3Atrue%7D%7D")]
    #[case("x=1&filters=%7B%22service%22:[%22a%22]%7D")]
    fn filters_are_read_in_both_forms(#[case] query: &str) {
        assert_eq!(asked_filters(query)["service"], ["a"]);
    }

    #[test]
    fn a_service_shows_its_routes_and_nothing_of_its_containers() {
        let told = json!({
            "ID": "s1",
            "Spec": {
                "Name": "x_app",
                "Labels": {"traefik.enable": "true", "secret": "s3cret"},
                "TaskTemplate": {
                    "ContainerSpec": {"Env": ["PASSWORD=s3cret"]},
                    "Networks": [{"Target": "n1"}],
                },
            },
            "PreviousSpec": {"Labels": {"secret": "s3cret"}},
        });
        let shown = service(&told);
        assert!(!shown.to_string().contains("s3cret"), "{shown}");
        assert_eq!(shown["Spec"]["Labels"], json!({"traefik.enable": "true"}));
        assert_eq!(shown["Spec"]["TaskTemplate"], json!({"Networks": [{"Target": "n1"}]}));
    }
}
