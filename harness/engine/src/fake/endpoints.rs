//! Where the fake's tasks can be reached.

use super::task::{Desired, Phase};
use super::world::World;
use crate::{Endpoint, Selector, TaskEndpoint};

impl World {
    pub(super) fn endpoints(&self, selector: &Selector) -> Vec<Endpoint> {
        let services = self.services.iter().filter(|s| selector.matches(&s.object.all_labels()));
        let mut endpoints = Vec::new();
        for service in services {
            for attachment in &service.object.spec.networks {
                let mut names = vec![service.object.name.clone()];
                names.extend(attachment.aliases.iter().cloned());
                endpoints.push(Endpoint {
                    network: attachment.network.clone(),
                    names,
                    virtual_address: None,
                    tasks: self.task_endpoints(&service.id, &attachment.network),
                });
            }
        }
        endpoints.sort_by(|a, b| a.network.cmp(&b.network));
        endpoints
    }

    fn task_endpoints(&self, service: &str, network: &str) -> Vec<TaskEndpoint> {
        let running = self.tasks.iter().filter(|task| {
            task.service == service
                && task.phase == Phase::Running
                && task.desired == Desired::Running
        });
        let containers = running.filter_map(|task| self.container(task.container.as_ref()?).ok());
        let endpoint = |container: &super::container::Container| {
            let id: String = container.id.chars().take(12).collect();
            let address = container.networks.get(network)?.parse().ok();
            Some(TaskEndpoint { names: vec![container.name.clone(), id], address })
        };
        containers.filter_map(endpoint).collect()
    }
}
