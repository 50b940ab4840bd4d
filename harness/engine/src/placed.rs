//! The container of a task, on the node that has it.

use std::sync::Arc;

use crate::{ContainerState, Engine, EngineError, ExecOutput, ExecSpec, Node, TaskState};

type Result<T> = std::result::Result<T, EngineError>;

/// The container of a task, and the node to which requests about it go.
#[derive(Clone)]
pub struct Placed {
    node: Arc<dyn Node>,
    container: String,
}

impl Placed {
    /// The container of `task`; nothing before there is one.
    ///
    /// # Errors
    /// [`EngineError::OtherNode`] where the engine cannot act on the task's node.
    pub async fn of(engine: &dyn Engine, task: &TaskState) -> Result<Option<Self>> {
        let Some((node, container)) = task.place() else { return Ok(None) };
        Ok(Some(Self { node: engine.at(node).await?, container: container.to_owned() }))
    }

    /// The node.
    #[must_use]
    pub fn node(&self) -> &dyn Node {
        self.node.as_ref()
    }

    /// Id of the container.
    #[must_use]
    pub fn container(&self) -> &str {
        &self.container
    }

    /// What it is and how it does.
    ///
    /// # Errors
    /// As [`crate::Containers::container`].
    pub async fn state(&self) -> Result<ContainerState> {
        self.node.container(&self.container).await
    }

    /// Runs a command in it.
    ///
    /// # Errors
    /// As [`crate::Containers::exec`].
    pub async fn exec(&self, exec: &ExecSpec) -> Result<ExecOutput> {
        self.node.exec(&self.container, exec).await
    }

    /// The last `tail` lines of its output.
    ///
    /// # Errors
    /// As [`crate::Containers::logs`].
    pub async fn logs(&self, tail: u32) -> Result<Vec<u8>> {
        self.node.logs(&self.container, tail).await
    }

    /// Sends `signal` to its first process.
    ///
    /// # Errors
    /// As [`crate::Containers::kill`].
    pub async fn kill(&self, signal: &str) -> Result<()> {
        self.node.kill(&self.container, signal).await
    }
}
