//! Promises about where tasks are.

use super::broken::{Broken, ensure};
use super::subject::Subject;
use crate::Selector;

/// A running task is listed with its address and with every name that its network knows; another
/// stack's is not.
pub async fn a_running_task_has_an_address(subject: &Subject<'_>) -> Result<(), Broken> {
    let spec = subject.stack(|_| {})?;
    let (_, running) = subject.run(&spec).await?;
    let (node, _) = subject.there(&running).await?;
    let endpoints = subject.engine.endpoints(&Selector::stack(spec.name.as_str())).await?;
    let [endpoint] = endpoints.as_slice() else {
        return ensure(false, "one service in one network", &endpoints);
    };
    ensure(endpoint.network == format!("{}_default", spec.name), "the network's name", endpoint)?;
    let known = |name: &str| endpoint.names.iter().any(|found| found == name);
    ensure(known("app") && known(&format!("{}_app", spec.name)), "its names", endpoint)?;
    let [task] = endpoint.tasks.as_slice() else {
        return ensure(false, "one task", endpoint);
    };
    ensure(task.address.is_some(), "an address", task)?;
    let container = node.container(&task.names[0]).await?;
    let address = container.addresses.get(&endpoint.network).map(String::as_str);
    let told = task.address.map(|address| address.to_string());
    ensure(address == told.as_deref(), "the container's own address", (&container, task))?;
    let others = subject.engine.endpoints(&Selector::stack(&subject.name("other"))).await?;
    ensure(others.is_empty(), "nothing of another stack", others)
}
