//! Promises about the nodes of a Swarm.

use super::broken::{Broken, ensure, ensure_not_found};
use super::services::sh;
use super::subject::Subject;
use crate::{EngineError, ExecSpec, NodeId};

/// A task names its node. Its container is found on that node and on no other, and a node that the engine cannot act
/// on is refused by name.
pub async fn a_command_goes_to_the_node_of_its_task(subject: &Subject<'_>) -> Result<(), Broken> {
    let engine = subject.engine;
    let nodes = engine.nodes().await?;
    let own = engine.node().await?.id;
    ensure(own.is_some_and(|own| nodes.contains(&own)), "the node that answers", &nodes)?;
    for node in &nodes {
        let spec = subject.stack(|service| {
            service.placement.constraints = vec![format!("node.id=={node}")];
            service.command = Some(sh("echo hello; exec sleep 600"));
        })?;
        let (_, task) = subject.run(&spec).await?;
        ensure(task.node.as_ref() == Some(node), &format!("a task on {node}"), &task)?;
        let (there, container) = subject.there(&task).await?;
        let exec = ExecSpec::sh("exit 7");
        let state = there.container(container).await?;
        ensure(state.id == container, "the task's container", state)?;
        let output = there.exec(container, &exec).await?;
        ensure(output.exit_code == 7, "exit code 7", output)?;
        let log = there.logs(container, 10).await;
        ensure(log.is_ok(), "the task's log", log)?;
        let mine = there.containers(&subject.mine()).await?;
        ensure(mine.len() == 1, "the task's container in the list", mine)?;
        for other in nodes.iter().filter(|other| *other != node) {
            let elsewhere = engine.at(other).await?;
            ensure_not_found("exec elsewhere", elsewhere.exec(container, &exec).await)?;
            ensure_not_found("logs elsewhere", elsewhere.logs(container, 10).await)?;
            ensure_not_found("kill elsewhere", elsewhere.kill(container, "SIGKILL").await)?;
            let mine = elsewhere.containers(&subject.mine()).await?;
            ensure(mine.is_empty(), "no container in the list elsewhere", mine)?;
        }
        subject.clean().await?;
    }
    let Some(stranger) = NodeId::new("no-such-node") else { return Ok(()) };
    match engine.at(&stranger).await {
        Err(EngineError::OtherNode { node, .. }) if node == stranger => Ok(()),
        Err(error) => ensure(false, "a refusal that names the node", error),
        Ok(_) => ensure(false, "a refusal that names the node", "an answer"),
    }
}
