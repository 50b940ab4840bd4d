//! What the engine's words mean.
//!
//! Docker passes errors of Swarm, libnetwork, containerd and the kernel on as text, under status
//! codes that do not tell them apart (a full disk and a typing mistake are both 500), so the text
//! is read first and the status second.

use cc_ci_engine::{EngineError, exhausted, taken_port};

use crate::error::Asked;

/// Words of an object that exists already, is in use or is in the wrong state.
const CONFLICT: [&str; 9] = [
    "is in use",
    "has active endpoints",
    "already exists",
    "name conflicts with an existing object",
    "is not running",
    "is being used by",
    "update out of sequence",
    "already part of a swarm",
    "is already in progress",
];

/// Reads an answer with `status` (none where it came in the middle of a stream).
pub(crate) fn read(asked: &Asked, status: Option<u16>, message: &str) -> EngineError {
    let words = message.to_lowercase();
    let message = message.trim().to_owned();
    if let Some(port) = taken_port(&words) {
        return EngineError::PortTaken { port, message };
    }
    if let Some(what) = exhausted(&words) {
        return EngineError::Exhausted { what: what.to_owned(), message };
    }
    if status == Some(404) || words.contains("code = notfound") || is_all_missing(&message) {
        let object = missing(&message).unwrap_or_else(|| asked.object().to_owned());
        return EngineError::NotFound { object };
    }
    if status == Some(409) || CONFLICT.iter().any(|known| words.contains(known)) {
        return EngineError::Conflict { object: asked.object().to_owned(), message };
    }
    EngineError::Refused { action: asked.action(), status, message }
}

/// True where nothing is said but that something is missing. An engine answers so, with status 500,
/// to a service whose network does not exist.
fn is_all_missing(message: &str) -> bool {
    message.split_whitespace().count() == 4 && missing(message).is_some()
}

/// The object that the engine itself names as missing; not always the one that was asked for.
fn missing(message: &str) -> Option<String> {
    if let Some(file) = message.strip_prefix("Could not find the file ") {
        return Some(format!("file {file}"));
    }
    for kind in ["image", "container", "exec instance"] {
        let lead = format!("No such {kind}: ");
        if let Some(at) = message.find(&lead) {
            let name = message[at + lead.len()..].split_whitespace().next()?;
            return Some(format!("{kind} {name}"));
        }
    }
    let words: Vec<&str> = message.split_whitespace().collect();
    let kinds = ["network", "service", "secret", "config", "node", "task"];
    words.windows(4).find_map(|part| match part {
        [kind, name, "not", "found"] if kinds.contains(kind) => Some(format!("{kind} {name}")),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn answer(status: u16, message: &str) -> EngineError {
        let asked = Asked::new("unix:///x.sock", "do", "thing", "x");
        read(&asked, Some(status), message)
    }

    #[rstest]
    #[case::container(404, "No such container: gone", "container gone")]
    #[case::image_of_a_new_container(404, "No such image: nosuch:1", "image nosuch:1")]
    #[case::network(404, "network nosuch not found", "network nosuch")]
    #[case::service(404, "service nosuch not found", "service nosuch")]
    #[case::secret(404, "secret nosuch not found", "secret nosuch")]
    #[case::volume_is_what_was_asked(404, "get nosuch: no such volume", "thing x")]
    #[case::swarm(500, "rpc error: code = NotFound desc = network n1 not found", "network n1")]
    fn missing_objects(#[case] status: u16, #[case] message: &str, #[case] object: &str) {
        assert_eq!(answer(status, message), EngineError::NotFound { object: object.to_owned() });
    }

    #[rstest]
    #[case::container_name(
        409,
        "Conflict. The container name \"/x\" is already in use by container \"8f1c\". You have to remove (or rename) that container to be able to reuse that name."
    )]
    #[case::not_running(409, "Container 8f1c is not running")]
    #[case::being_removed(409, "removal of container 8f1c is already in progress")]
    #[case::volume(409, "remove data: volume is in use - [8f1c]")]
    #[case::service(
        409,
        "rpc error: code = AlreadyExists desc = name conflicts with an existing object: service web already exists"
    )]
    #[case::network(409, "network with name proxy already exists")]
    #[case::active_endpoints(
        403,
        "error while removing network: network proxy id 8f1c has active endpoints"
    )]
    #[case::network_of_a_service(
        400,
        "rpc error: code = FailedPrecondition desc = network 8f1c is in use by service 9a2b"
    )]
    #[case::network_of_a_task(
        400,
        "rpc error: code = FailedPrecondition desc = network 8f1c is in use by task 9a2b"
    )]
    #[case::secret(
        400,
        "rpc error: code = InvalidArgument desc = secret 'pw' is in use by the following service: web"
    )]
    #[case::stale(500, "rpc error: code = Unknown desc = update out of sequence")]
    #[case::swarm(
        503,
        "This node is already part of a swarm. Use \"docker swarm leave\" to leave this swarm and join another one."
    )]
    fn conflicts(#[case] status: u16, #[case] message: &str) {
        let EngineError::Conflict { object, message: said } = answer(status, message) else {
            panic!("{:?}", answer(status, message))
        };
        assert_eq!((object.as_str(), said.as_str()), ("thing x", message));
    }

    #[rstest]
    #[case::bridge(
        "driver failed programming external connectivity on endpoint edge (8f1c): Bind for 127.0.0.1:8443 failed: port is already allocated",
        8443
    )]
    #[case::proxy(
        "driver failed programming external connectivity on endpoint edge (8f1c): Error starting userland proxy: listen tcp4 0.0.0.0:80: bind: address already in use",
        80
    )]
    #[case::ingress(
        "rpc error: code = InvalidArgument desc = port '64738' is already in use by service 'web' (8f1c) as an ingress port",
        64738
    )]
    fn ports(#[case] message: &str, #[case] port: u16) {
        let message = message.to_owned();
        assert_eq!(answer(500, &message), EngineError::PortTaken { port, message });
    }

    #[rstest]
    #[case::disk(
        "Error processing tar file(exit status 1): write /x: no space left on device",
        "disk space"
    )]
    #[case::pools(
        "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
        "addresses"
    )]
    #[case::subnet(
        "no available IPv4 addresses on this network's address pools: proxy (8f1c)",
        "addresses"
    )]
    #[case::memory("fork/exec /proc/self/exe: cannot allocate memory", "memory")]
    #[case::files("accept4: too many open files", "open files")]
    fn nothing_left(#[case] message: &str, #[case] what: &str) {
        let (what, message) = (what.to_owned(), message.to_owned());
        assert_eq!(answer(500, &message), EngineError::Exhausted { what, message });
    }

    #[rstest]
    #[case::no_manager(
        503,
        "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again."
    )]
    #[case::bad_spec(
        400,
        "rpc error: code = InvalidArgument desc = ContainerSpec: image reference must be provided"
    )]
    fn everything_else_is_refused(#[case] status: u16, #[case] message: &str) {
        let refused = EngineError::Refused {
            action: "do thing x".to_owned(),
            status: Some(status),
            message: message.to_owned(),
        };
        assert_eq!(answer(status, message), refused);
    }
}
