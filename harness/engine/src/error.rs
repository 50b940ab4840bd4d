//! What an engine can answer when it does not do what was asked.

use cc_ci_model::Fault;
use thiserror::Error;

use crate::NodeId;

/// Why an image did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullFailure {
    /// The registry answered that there is no such image.
    Missing,
    /// The registry answered that our quota is used up.
    Quota,
    /// The registry did not answer, not in time, or with an error of its own.
    Unreachable,
}

/// What an engine answers when it does not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EngineError {
    /// Nobody answers at the engine's socket.
    #[error("no engine answers at {endpoint}: {message}")]
    Unreachable {
        /// The socket or address.
        endpoint: String,
        /// What the system said.
        message: String,
    },
    /// The object does not exist.
    #[error("{object} does not exist")]
    NotFound {
        /// Kind and name.
        object: String,
    },
    /// The node is not one that this engine acts on.
    #[error("node {node} cannot be reached through this engine, which acts on {reached}")]
    OtherNode {
        /// The node that was asked for.
        node: NodeId,
        /// The nodes that it acts on, in words.
        reached: String,
    },
    /// The object exists already or is in use.
    #[error("{object} is in the way: {message}")]
    Conflict {
        /// Kind and name.
        object: String,
        /// The engine's own words.
        message: String,
    },
    /// A host port is held by somebody else.
    #[error("port {port} is taken: {message}")]
    PortTaken {
        /// The port.
        port: u16,
        /// The engine's own words.
        message: String,
    },
    /// Disk, inodes or address pools of the node are used up.
    #[error("the node has no {what} left: {message}")]
    Exhausted {
        /// `disk space`, `addresses`, …
        what: String,
        /// The engine's own words.
        message: String,
    },
    /// An image could not be pulled.
    #[error("image {reference} could not be pulled: {message}")]
    Pull {
        /// The reference.
        reference: String,
        /// Which kind of failure.
        failure: PullFailure,
        /// The engine's or registry's own words.
        message: String,
    },
    /// An image build failed.
    #[error("image build failed: {message}")]
    Build {
        /// The last lines of the build.
        message: String,
    },
    /// The engine refused for another reason.
    #[error("the engine refused to {action}: {message}")]
    Refused {
        /// What was asked.
        action: String,
        /// HTTP status, where there was one.
        status: Option<u16>,
        /// The engine's own words.
        message: String,
    },
    /// The operation took longer than its caller allows.
    #[error("the engine did not {action} within {seconds} s")]
    Timeout {
        /// What was asked.
        action: String,
        /// The time allowed.
        seconds: u64,
    },
}

impl EngineError {
    /// True where the object that was to be removed or inspected is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// The kind of the answer in one word, without anything that the engine said.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::NotFound { .. } => "not_found",
            Self::OtherNode { .. } => "other_node",
            Self::Conflict { .. } => "conflict",
            Self::PortTaken { .. } => "port_taken",
            Self::Exhausted { .. } => "exhausted",
            Self::Pull { .. } => "pull",
            Self::Build { .. } => "build",
            Self::Refused { .. } => "refused",
            Self::Timeout { .. } => "timeout",
        }
    }

    /// The typed origin of a failure that this error causes.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Unreachable { message, .. } => Fault::EngineDown { message: message.clone() },
            Self::PortTaken { port, message } => {
                Fault::PortTaken { port: *port, message: message.clone() }
            }
            Self::Exhausted { what, message } => {
                Fault::NodeExhausted { what: what.clone(), message: message.clone() }
            }
            Self::Pull { reference, failure, message } => {
                let (reference, message) = (reference.clone(), message.clone());
                match failure {
                    PullFailure::Missing => Fault::ImageMissing { reference, message },
                    PullFailure::Quota => Fault::RegistryQuota { reference, message },
                    PullFailure::Unreachable => Fault::RegistryDown { reference, message },
                }
            }
            Self::Refused { action, message, .. } => {
                Fault::EngineRefused { action: action.clone(), message: message.clone() }
            }
            Self::NotFound { object } => Fault::EngineRefused {
                action: format!("find {object}"),
                message: "it does not exist".to_owned(),
            },
            Self::OtherNode { node, reached } => Fault::EngineRefused {
                action: format!("act on node {node}"),
                message: format!("it acts on {reached}"),
            },
            Self::Conflict { object, message } => Fault::EngineRefused {
                action: format!("create {object}"),
                message: message.clone(),
            },
            Self::Build { message } => Fault::EngineRefused {
                action: "build an image".to_owned(),
                message: message.clone(),
            },
            // A slow engine is a fact about time, not about an owner.
            Self::Timeout { action, seconds } => Fault::Deadline {
                seconds: *seconds,
                waiting_for: format!("the engine to {action}"),
            },
        }
    }
}
