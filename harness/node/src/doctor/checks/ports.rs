//! Can the edge listen where it should?

use std::net::TcpListener;

use async_trait::async_trait;

use super::super::facts::Facts;
use super::super::finding::Answer;
use super::Check;
use crate::http::loopback;

pub(super) struct EdgePorts;

#[async_trait]
impl Check for EdgePorts {
    fn id(&self) -> &'static str {
        "edge.ports"
    }

    fn what(&self) -> &'static str {
        "edge ports"
    }

    async fn examine(&self, facts: &Facts<'_>) -> Answer {
        let ports = [facts.settings.edge_http, facts.settings.edge_https];
        let mut words = Vec::new();
        let mut taken = false;
        for port in ports {
            if facts.is_ours(port) {
                words.push(format!("{port} is held by our own edge"));
            } else if let Err(error) = TcpListener::bind(loopback(port)) {
                taken = true;
                words.push(format!("{port} cannot be had: {error}"));
            } else {
                words.push(format!("{port} is free"));
            }
        }
        let found = words.join(", ");
        if taken {
            Answer::bad(found)
                .remedy("`ss -ltnp` shows who listens there; stop it, or choose other edge ports")
        } else {
            Answer::ok(found)
        }
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::ContainerState;

    use super::super::super::{facts::fake, finding::Status};
    use super::*;
    use crate::host::fake::host;

    fn edge(port: u16, state: &str) -> ContainerState {
        ContainerState {
            id: "e".into(),
            name: "cc-ci-edge".into(),
            image: String::new(),
            image_id: String::new(),
            labels: Default::default(),
            state: state.into(),
            exit_code: None,
            oom_killed: false,
            health: cc_ci_engine::Health::None,
            pid: 0,
            ports: [("443/tcp".to_owned(), format!("127.0.0.1:{port}"))].into(),
            addresses: Default::default(),
            memory_limit: 0,
            pids_limit: 0,
            volumes: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_strangers_port_is_bad_and_our_own_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (_folder, host) = host(&[]);
        let mut settings = fake::settings();
        settings.edge_https = listener.local_addr().unwrap().port();
        let mut facts = fake::facts(&host, &settings);
        assert_eq!(EdgePorts.examine(&facts).await.status, Status::Bad);
        facts.infra = vec![edge(settings.edge_https, "running")];
        assert_eq!(EdgePorts.examine(&facts).await.status, Status::Ok);
        facts.infra = vec![edge(settings.edge_https, "exited")];
        assert_eq!(EdgePorts.examine(&facts).await.status, Status::Bad);
    }

    #[tokio::test]
    async fn free_ports_are_good() {
        let (_folder, host) = host(&[]);
        let settings = fake::settings();
        assert_eq!(EdgePorts.examine(&fake::facts(&host, &settings)).await.status, Status::Ok);
    }
}
