//! Tear-down of a stack of three services, by us and by the script.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use cc_ci_engine::stack::{self, SecretValues};
use cc_ci_engine::{Engine, Object, ObjectKind, Selector};
use cc_ci_model::{
    Attachment, ConfigSpec, EndpointMode, FileContent, FileRef, MountSpec, NetworkSpec,
    ObjectSource, SecretSpec, ServiceSpec, StackName, StackSpec, UnitId, VolumeSpec,
};
use cc_ci_session::{Failure, Kind};
use tokio::process::Command;

use super::script;
use super::stage::Stage;

const SCRIPT: &str = "teardown.sh";
const IMAGE: &str = "nginx:1.26";
const SERVICES: [&str; 3] = ["one", "two", "three"];
/// Time for three small servers to come up, and for either side to take them down.
const LIMIT: Duration = Duration::from_secs(60);

/// Deploys the stack and takes it down again; only the second is measured, in seconds.
///
/// # Errors
/// The stack does not come up whole, or something of it stays.
pub(super) async fn measure(stage: &Stage<'_>, by_script: bool) -> Result<f64, Failure> {
    let engine = stage.engine();
    let image = stage.world.site.images.built(IMAGE).await.map_err(|fault| {
        Failure::new(Kind::Machine, fault).hint("`cc-ci images build` builds what is missing")
    })?;
    let unit = UnitId::new("teardown@bench").map_err(Failure::bug)?;
    let name = StackName::derive(&stage.run, &unit);
    let spec = spec(name, &image, stage.world.site.endpoint_mode);
    let selector = Selector::stack(spec.name.as_str());

    let _turn = stage.alone().await?;
    stack::deploy(engine, &spec, &[stage.label()], &SecretValues::new()).await?;
    tokio::select! {
        up = up(engine, &selector) => up?,
        () = stage.cancel().cancelled() => return Err(Failure::cancelled()),
    }
    refuse_partial(&engine.inventory(&selector).await?)?;

    let seconds = if by_script {
        let mut command = Command::new("bash");
        command.arg(stage.script(SCRIPT)?).arg(spec.name.as_str());
        script::run(command, SCRIPT, stage.cancel()).await?.seconds
    } else {
        let started = Instant::now();
        stack::down(engine, &selector, LIMIT).await?;
        started.elapsed().as_secs_f64()
    };
    // The engine is asked after both kinds of tear-down: one that leaves something does not count.
    let left = engine.inventory(&selector).await?;
    if left.is_empty() {
        return Ok(seconds);
    }
    let left = left.iter().map(|object| format!("{} {}", object.kind.as_str(), object.name));
    let left: Vec<_> = left.collect();
    Err(Failure::message(Kind::Bug, format!("the tear-down left {}", left.join(", "))))
}

/// Three servers on one network; the first has the volume, the secret and the config.
fn spec(name: StackName, image: &str, endpoint_mode: EndpointMode) -> StackSpec {
    let own = |what: &str| format!("{name}_{what}");
    let content = |path: &str| {
        ObjectSource::Content(FileContent { path: path.to_owned(), bytes: b"bench\n".to_vec() })
    };
    let file = |source: &str, target: &str| FileRef {
        source: source.to_owned(),
        target: target.to_owned(),
        uid: "0".to_owned(),
        gid: "0".to_owned(),
        mode: 0o444,
    };
    let server = ServiceSpec {
        image: image.to_owned(),
        networks: vec![Attachment {
            network: "net".to_owned(),
            aliases: Vec::new(),
            options: BTreeMap::new(),
        }],
        endpoint_mode,
        ..ServiceSpec::default()
    };
    let first = ServiceSpec {
        mounts: vec![MountSpec {
            source: "data".to_owned(),
            target: "/usr/share/nginx/html".to_owned(),
            ..MountSpec::default()
        }],
        secrets: vec![file("secret", "bench")],
        configs: vec![file("config", "/etc/bench")],
        ..server.clone()
    };
    let servers = [first, server.clone(), server];
    let services = SERVICES.map(str::to_owned).into_iter().zip(servers).collect();
    let network = NetworkSpec {
        name: own("net"),
        driver: "overlay".to_owned(),
        attachable: true,
        ..NetworkSpec::default()
    };
    let volume = VolumeSpec { name: own("data"), ..VolumeSpec::default() };
    let (secret, config) = (own("secret"), own("config"));
    let (template_driver, labels) = (None, BTreeMap::new());
    let secret = SecretSpec {
        name: secret,
        source: content("secret"),
        template_driver: template_driver.clone(),
        labels: labels.clone(),
    };
    let config = ConfigSpec { name: config, source: content("config"), template_driver, labels };
    StackSpec {
        services,
        networks: [("net".to_owned(), network)].into(),
        volumes: [("data".to_owned(), volume)].into(),
        secrets: [("secret".to_owned(), secret)].into(),
        configs: [("config".to_owned(), config)].into(),
        name,
    }
}

/// Waits until every server runs. Not measured, so a plain poll does.
async fn up(engine: &dyn Engine, selector: &Selector) -> Result<(), Failure> {
    let refuse = |message: String| Err(Failure::message(Kind::Machine, message));
    let deadline = Instant::now() + LIMIT;
    let mut look = tokio::time::interval(Duration::from_millis(100));
    loop {
        look.tick().await;
        let tasks = engine.tasks(selector).await?;
        if let Some(over) = tasks.iter().find(|task| task.is_over()) {
            return refuse(format!(
                "a task of the stack to tear down is {}: {}",
                over.state, over.error
            ));
        }
        if tasks.iter().filter(|task| task.state == "running").count() == SERVICES.len() {
            return Ok(());
        }
        if Instant::now() >= deadline {
            let seconds = LIMIT.as_secs();
            let states = tasks.iter().map(|task| [&task.state, &task.message, &task.error]);
            let states: Vec<_> = states.map(|said| said.map(String::as_str).join(" ")).collect();
            let states = states.join(", ");
            return refuse(format!(
                "the stack to tear down is not up within {seconds} s; its tasks: [{states}]"
            ));
        }
    }
}

/// Taking down less than what was asked for would be no measurement.
fn refuse_partial(found: &[Object]) -> Result<(), Failure> {
    let wanted = [
        (ObjectKind::Service, 3),
        (ObjectKind::Container, 3),
        (ObjectKind::Network, 1),
        (ObjectKind::Volume, 1),
        (ObjectKind::Secret, 1),
        (ObjectKind::Config, 1),
    ];
    for (kind, wanted) in wanted {
        let count = found.iter().filter(|object| object.kind == kind).count();
        if count != wanted {
            let kind = kind.as_str();
            let message = format!("the stack to tear down has {count} of {wanted} objects: {kind}");
            return Err(Failure::message(Kind::Bug, message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::Swarm as _;
    use cc_ci_engine::fake::FakeEngine;

    use super::*;

    async fn deployed() -> (FakeEngine, Selector) {
        let engine = FakeEngine::with_images([IMAGE]);
        let spec = spec(StackName::new("down").unwrap(), IMAGE, EndpointMode::Dnsrr);
        stack::deploy(&engine, &spec, &[], &SecretValues::new()).await.unwrap();
        (engine, Selector::stack("down"))
    }

    #[tokio::test]
    async fn the_stack_is_whole_and_goes() {
        let (engine, selector) = deployed().await;
        up(&engine, &selector).await.unwrap();
        refuse_partial(&engine.inventory(&selector).await.unwrap()).unwrap();
        assert!(stack::down(&engine, &selector, LIMIT).await.unwrap().left.is_empty());
    }

    #[tokio::test]
    async fn a_stack_that_lacks_something_is_not_measured() {
        let (engine, selector) = deployed().await;
        up(&engine, &selector).await.unwrap();
        let mut found = engine.inventory(&selector).await.unwrap();
        found.retain(|object| object.kind != ObjectKind::Config);
        let error = refuse_partial(&found).unwrap_err();
        assert_eq!(error.to_string(), "the stack to tear down has 0 of 1 objects: config");
        assert!(refuse_partial(&[]).is_err());
    }
}
