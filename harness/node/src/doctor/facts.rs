//! What the checks look at.

use cc_ci_engine::{Engine, EngineError, NodeState};

use crate::{Host, Settings};

/// What the checks look at: asked of the engine once, so that all findings speak of one moment.
pub(crate) struct Facts<'a> {
    pub(crate) engine: Result<NodeState, EngineError>,
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
        let mut facts = Self { engine: Ok(NodeState::default()), bases: 0, settings, host };
        let engine = match engine {
            Ok(engine) => engine,
            Err(error) => {
                facts.engine = Err(error.clone());
                return facts;
            }
        };
        facts.engine = engine.node().await;
        for release in crate::images::Release::ALL {
            let base = engine.image(&release.reference()).await;
            facts.bases += usize::from(matches!(base, Ok(Some(_))));
        }
        facts
    }
}

#[cfg(test)]
pub(crate) mod fake {
    use super::*;

    pub(crate) fn settings() -> Settings {
        Settings {
            state: "/var/lib/cc-ci".into(),
            locks: "/run/lock/cc-ci".into(),
            registry_port: 0,
            writer_port: 0,
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
        Facts { engine: Ok(node), bases: 0, settings, host }
    }

    pub(crate) fn down() -> EngineError {
        EngineError::Unreachable { endpoint: "unix:///x".into(), message: "no such file".into() }
    }
}
