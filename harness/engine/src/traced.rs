//! An engine each request of which is a span of the log.
//!
//! A span names the request and its object, how long it took, and the kind of a refusal. Commands,
//! contents, labels and the engine's own words are not in it: they may hold secrets.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cc_ci_model::{NetworkSpec, VolumeSpec};
use futures_util::stream::BoxStream;
use tokio::sync::mpsc::Sender;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::{
    BuildSpec, ConfigObject, ContainerDisk, ContainerSpec, ContainerState, Containers, Endpoint,
    EngineError, EngineEvent, ExecOutput, ExecSpec, ImageState, Images, Node, NodeId, NodeState,
    Object, SecretObject, Selector, ServiceObject, ServiceState, Stats, Swarm, TaskState, Window,
};

type Result<T> = std::result::Result<T, EngineError>;

/// The engine or the node `E`, with a span of level debug for each request.
#[derive(Debug)]
pub struct Traced<E: ?Sized>(Arc<E>);

impl<E: ?Sized> Clone for Traced<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<E> Traced<E> {
    /// The engine with its requests in the log.
    pub fn new(engine: E) -> Self {
        Self(Arc::new(engine))
    }
}

/// Carries out `work` in a span that says what is asked of which object.
async fn asked<T>(
    request: &'static str,
    object: &str,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let span =
        tracing::debug_span!(target: "cc_ci::engine", "engine", request, object, refused = Empty);
    let answer = work.instrument(span.clone()).await;
    if let Err(error) = &answer {
        span.record("refused", error.kind());
    }
    answer
}

#[async_trait]
impl<E: Swarm> Swarm for Traced<E> {
    async fn answers(&self) -> Result<()> {
        asked("answers", "", self.0.answers()).await
    }

    async fn node(&self) -> Result<NodeState> {
        asked("node", "", self.0.node()).await
    }

    async fn nodes(&self) -> Result<Vec<NodeId>> {
        asked("nodes", "", self.0.nodes()).await
    }

    async fn at(&self, node: &NodeId) -> Result<Arc<dyn Node>> {
        let reached = asked("at", node.as_str(), self.0.at(node)).await?;
        Ok(Arc::new(Traced::<dyn Node>(reached)))
    }

    async fn start_swarm(&self, advertise: &str) -> Result<()> {
        asked("start_swarm", advertise, self.0.start_swarm(advertise)).await
    }

    async fn create_network(
        &self,
        spec: &NetworkSpec,
        labels: &[(String, String)],
    ) -> Result<String> {
        asked("create_network", &spec.name, self.0.create_network(spec, labels)).await
    }

    async fn create_volume(&self, spec: &VolumeSpec, labels: &[(String, String)]) -> Result<()> {
        asked("create_volume", &spec.name, self.0.create_volume(spec, labels)).await
    }

    async fn create_secret(&self, secret: &SecretObject) -> Result<String> {
        asked("create_secret", &secret.name, self.0.create_secret(secret)).await
    }

    async fn create_config(&self, config: &ConfigObject) -> Result<String> {
        asked("create_config", &config.name, self.0.create_config(config)).await
    }

    async fn relabel_config(&self, name: &str, labels: &BTreeMap<String, String>) -> Result<()> {
        asked("relabel_config", name, self.0.relabel_config(name, labels)).await
    }

    async fn create_service(&self, service: &ServiceObject) -> Result<String> {
        asked("create_service", &service.name, self.0.create_service(service)).await
    }

    async fn creations_ended(&self) {
        self.0.creations_ended().await;
    }

    async fn update_service(&self, service: &ServiceObject) -> Result<()> {
        asked("update_service", &service.name, self.0.update_service(service)).await
    }

    async fn services(&self, selector: &Selector) -> Result<Vec<ServiceState>> {
        asked("services", "", self.0.services(selector)).await
    }

    async fn tasks(&self, selector: &Selector) -> Result<Vec<TaskState>> {
        asked("tasks", "", self.0.tasks(selector)).await
    }

    async fn endpoints(&self, selector: &Selector) -> Result<Vec<Endpoint>> {
        asked("endpoints", "", self.0.endpoints(selector)).await
    }

    async fn open_window(&self, window: &Window) -> Result<Box<dyn Send + Sync>> {
        asked("open_window", "", self.0.open_window(window)).await
    }

    async fn events(&self) -> Result<BoxStream<'static, Result<EngineEvent>>> {
        asked("events", "", self.0.events()).await
    }

    async fn inventory(&self, selector: &Selector) -> Result<Vec<Object>> {
        asked("inventory", "", self.0.inventory(selector)).await
    }

    async fn everything(&self) -> Result<Vec<Object>> {
        asked("everything", "", self.0.everything()).await
    }

    async fn remove(&self, object: &Object) -> Result<()> {
        asked("remove", &object.name, self.0.remove(object)).await
    }
}

#[async_trait]
impl<E: Containers + ?Sized> Containers for Traced<E> {
    async fn start_container(&self, spec: &ContainerSpec) -> Result<String> {
        asked("start_container", &spec.name, self.0.start_container(spec)).await
    }

    async fn containers(&self, selector: &Selector) -> Result<Vec<ContainerState>> {
        asked("containers", "", self.0.containers(selector)).await
    }

    async fn all_containers(&self) -> Result<Vec<ContainerState>> {
        asked("all_containers", "", self.0.all_containers()).await
    }

    async fn container(&self, id: &str) -> Result<ContainerState> {
        asked("container", id, self.0.container(id)).await
    }

    async fn disk(&self, selector: &Selector) -> Result<Vec<ContainerDisk>> {
        asked("disk", "", self.0.disk(selector)).await
    }

    async fn exec(&self, id: &str, exec: &ExecSpec) -> Result<ExecOutput> {
        asked("exec", id, self.0.exec(id, exec)).await
    }

    async fn exec_into(
        &self,
        id: &str,
        exec: &ExecSpec,
        stdout: Sender<Vec<u8>>,
    ) -> Result<ExecOutput> {
        asked("exec_into", id, self.0.exec_into(id, exec, stdout)).await
    }

    async fn logs(&self, id: &str, tail: u32) -> Result<Vec<u8>> {
        asked("logs", id, self.0.logs(id, tail)).await
    }

    async fn stats(&self, id: &str) -> Result<Stats> {
        asked("stats", id, self.0.stats(id)).await
    }

    async fn kill(&self, id: &str, signal: &str) -> Result<()> {
        asked("kill", id, self.0.kill(id, signal)).await
    }

    async fn connect(&self, id: &str, network: &str, aliases: &[String]) -> Result<()> {
        asked("connect", id, self.0.connect(id, network, aliases)).await
    }

    async fn put(&self, id: &str, folder: &str, archive: Vec<u8>) -> Result<()> {
        asked("put", id, self.0.put(id, folder, archive)).await
    }
}

#[async_trait]
impl<E: Images + ?Sized> Images for Traced<E> {
    async fn image(&self, reference: &str) -> Result<Option<ImageState>> {
        asked("image", reference, self.0.image(reference)).await
    }

    async fn pull(&self, reference: &str, limit: Duration) -> Result<ImageState> {
        asked("pull", reference, self.0.pull(reference, limit)).await
    }

    async fn build(
        &self,
        build: &BuildSpec,
        progress: &(dyn for<'a> Fn(&'a str) + Send + Sync),
    ) -> Result<ImageState> {
        asked("build", &build.tag, self.0.build(build, progress)).await
    }

    async fn import(
        &self,
        archive: &Path,
        tag: &str,
        labels: &[(String, String)],
    ) -> Result<ImageState> {
        asked("import", tag, self.0.import(archive, tag, labels)).await
    }

    async fn tag(&self, image: &str, reference: &str) -> Result<()> {
        asked("tag", reference, self.0.tag(image, reference)).await
    }

    async fn untag(&self, reference: &str) -> Result<()> {
        asked("untag", reference, self.0.untag(reference)).await
    }

    async fn push(&self, reference: &str) -> Result<String> {
        asked("push", reference, self.0.push(reference)).await
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use cc_ci_model::Secret;
    use tracing_subscriber::fmt::format::FmtSpan;

    use super::*;
    use crate::fake::FakeEngine;

    /// Keeps the lines of a log.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn requests_and_refusals_are_in_the_log_and_secrets_are_not() {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(move || writer.clone());
        let _log = tracing::subscriber::set_default(log.finish());

        let fake = FakeEngine::with_images(["app:1"]);
        let engine = Traced::new(fake.clone());
        let secret = SecretObject {
            name: "shop_password".to_owned(),
            data: Secret::from("hunter2".to_owned()),
            template_driver: None,
            labels: BTreeMap::from([("note".to_owned(), "hunter2".to_owned())]),
        };
        engine.create_secret(&secret).await.unwrap();
        engine.create_secret(&secret).await.unwrap_err();
        let exec = ExecSpec::new(["login", "hunter2"]);
        engine.exec("box", &exec).await.unwrap_err();
        let refused = EngineError::Refused {
            action: "create".to_owned(),
            status: None,
            message: "hunter2 is no password".to_owned(),
        };
        fake.fail_next("untag", refused);
        engine.untag("app:1").await.unwrap_err();

        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        for part in ["create_secret", "shop_password", "conflict", "exec", "box", "refused"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("hunter2"), "{text}");
    }
}
