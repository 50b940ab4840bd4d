//! What the checks look at.

use cc_ci_engine::{ContainerState, Engine, EngineError, NodeState, Selector};

use crate::infra::LABEL_INFRA;
use crate::{Host, Settings};

/// What the checks look at: asked of the engine once, so that all findings speak of one moment.
pub(crate) struct Facts<'a> {
    pub(crate) engine: Result<NodeState, EngineError>,
    /// Our own registry and edge, running or not.
    pub(crate) infra: Vec<ContainerState>,
    /// Debian bases that are on the engine already.
    pub(crate) bases: usize,
    pub(crate) settings: &'a Settings,
    pub(crate) host: &'a Host,
}

impl<'a> Facts<'a> {
    pub(crate) async fn gather(
        engine: Result<&dyn Engine, &EngineError>,
        settings: &'a Settings,
        host: &'a Host,
    ) -> Self {
        let mut facts =
            Self { engine: Ok(NodeState::default()), infra: Vec::new(), bases: 0, settings, host };
        let engine = match engine {
            Ok(engine) => engine,
            Err(error) => {
                facts.engine = Err(error.clone());
                return facts;
            }
        };
        facts.engine = engine.node().await;
        facts.infra = engine.containers(&Selector::has(LABEL_INFRA)).await.unwrap_or_default();
        for release in crate::images::Release::ALL {
            let base = engine.image(&release.reference()).await;
            facts.bases += usize::from(matches!(base, Ok(Some(_))));
        }
        facts
    }

    /// True where a running container of ours holds the loopback `port`.
    pub(crate) fn is_ours(&self, port: u16) -> bool {
        let end = format!(":{port}");
        self.infra
            .iter()
            .any(|c| c.state == "running" && c.ports.values().any(|host| host.ends_with(&end)))
    }
}

#[cfg(test)]
pub(crate) mod fake {
    use super::*;

    pub(crate) fn settings() -> Settings {
        Settings {
            state: "/var/lib/cc-ci".into(),
            images: "recipes/images".into(),
            locks: "/run/lock/cc-ci".into(),
            registry_port: 0,
            writer_port: 0,
            edge_http: 0,
            edge_https: 0,
            ca_bundle: None,
            cargo_config: None,
            proxies: Vec::new(),
        }
    }

    /// A healthy engine on that machine.
    pub(crate) fn facts<'a>(host: &'a Host, settings: &'a Settings) -> Facts<'a> {
        let node = NodeState {
            version: "20.10.24".into(),
            api: "1.41".into(),
            kernel: "6.1.0-1".into(),
            data_root: "/var/lib/docker".into(),
            swarm: "active".into(),
            manager: true,
            ..NodeState::default()
        };
        Facts { engine: Ok(node), infra: Vec::new(), bases: 0, settings, host }
    }

    pub(crate) fn down() -> EngineError {
        EngineError::Unreachable { endpoint: "unix:///x".into(), message: "no such file".into() }
    }
}
