//! What a run needs of this machine beside the engine: its daemon, its samples, its listening ports and its
//! mounts.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use cc_ci_model::{Fault, NodeSample, NodeWindow};
use cc_ci_node::daemon;
use cc_ci_node::sample::Sampler;
use cc_ci_node::{Host, Progress};
use cc_ci_runner::{Daemon, NoSamples, Samples, Traces};
use tokio::time::Instant;

use crate::Endpoint;

/// The daemon of this machine.
pub(crate) struct ThisDaemon {
    pub(crate) node: cc_ci_node::Settings,
    pub(crate) endpoint: Endpoint,
}

#[async_trait]
impl Daemon for ThisDaemon {
    async fn restart(&self) -> Result<(), Fault> {
        let restarted =
            daemon::restart(&self.node, &|| self.endpoint.connecting(), &|_: &str| ()).await;
        restarted.map_err(|error| Fault::EngineDown { message: error.to_string() })
    }
}

/// Starts to sample this machine. If the thread cannot be started, the run goes on without samples.
pub(crate) fn samples(data_root: &str, progress: &dyn Progress) -> Arc<dyn Samples> {
    match Sampler::start(Host::this(), PathBuf::from(data_root)) {
        Ok(sampler) => Arc::new(Sampled(sampler)),
        Err(error) => {
            progress.line(&format!("warning: the node is not sampled during this run: {error}"));
            Arc::new(NoSamples)
        }
    }
}

/// The samples of the node, one each second.
struct Sampled(Sampler);

impl Samples for Sampled {
    fn window(&self, from: Instant) -> NodeWindow {
        self.0.window(from.into_std())
    }

    fn raw(&self, from: Instant) -> Vec<NodeSample> {
        self.0.raw(from.into_std())
    }
}

/// The machine that the engine runs on.
pub(crate) struct ThisMachine(pub(crate) Host);

impl Traces for ThisMachine {
    fn listening(&self) -> std::io::Result<BTreeSet<u16>> {
        self.0.listening()
    }

    fn mounts(&self) -> std::io::Result<BTreeSet<String>> {
        self.0.mount_points()
    }
}
