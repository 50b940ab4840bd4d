//! Promises about whole stacks.

use cc_ci_model::VolumeSpec;

use super::broken::{Broken, ensure, ensure_conflict};
use super::build::{network, service, whole_stack};
use super::subject::Subject;
use crate::{ConfigObject, ExecSpec, LABEL_NAMESPACE, ObjectKind, SecretObject, Selector, stack};

/// A stack of every kind of object runs, its service sees secret and config, and all of it carries
/// the stack's label and ours.
pub async fn a_stack_is_deployed(subject: &Subject<'_>) -> Result<(), Broken> {
    let name = subject.stack_name()?;
    let spec = whole_stack(&name, &subject.image, b"s3cret", b"key = 1\n");
    let (_, task) = subject.run(&spec).await?;
    let (node, container) = subject.there(&task).await?;
    for (path, content) in
        [("/run/secrets/password", &b"s3cret"[..]), ("/etc/app.conf", &b"key = 1\n"[..])]
    {
        let output = node.exec(container, &ExecSpec::new(["cat", path])).await?;
        ensure(output.stdout == content, &format!("the content of {path}"), output)?;
    }
    let state = node.container(container).await?;
    let address = state.addresses.get(&format!("{name}_default"));
    ensure(address.is_some_and(|a| !a.is_empty()), "an address in the stack's network", &state)?;

    let services = subject.engine.services(&subject.mine()).await?;
    let one = services.len() == 1 && services[0].name == format!("{name}_app");
    ensure(one && services[0].replicas == Some(1), "one service of one copy", &services)?;
    ensure(!services[0].one_shot, "a service that is started again", &services)?;

    let kinds = subject.kinds().await?;
    let all = [
        ObjectKind::Service,
        ObjectKind::Container,
        ObjectKind::Network,
        ObjectKind::Volume,
        ObjectKind::Secret,
        ObjectKind::Config,
    ];
    ensure(kinds.keys().copied().eq(all), "objects of all six kinds with our label", &kinds)?;
    let of_stack = subject.engine.inventory(&Selector::stack(name.as_str())).await?;
    let ours = subject.engine.inventory(&subject.mine()).await?;
    ensure(of_stack == ours, "the same objects under the stack's label", (of_stack, ours))
}

/// Networks, secrets, configs and services cannot be created twice under one name.
pub async fn names_are_unique(subject: &Subject<'_>) -> Result<(), Broken> {
    let (engine, labels) = (subject.engine, subject.labels());
    let own: std::collections::BTreeMap<_, _> = labels.iter().cloned().collect();

    let net = network(&subject.name("net"));
    engine.create_network(&net, &labels).await?;
    ensure_conflict("a second network", engine.create_network(&net, &labels).await)?;

    let secret = SecretObject {
        name: subject.name("secret"),
        data: b"1".into(),
        template_driver: None,
        labels: own.clone(),
    };
    engine.create_secret(&secret).await?;
    ensure_conflict("a second secret", engine.create_secret(&secret).await)?;

    let config = ConfigObject {
        name: subject.name("config"),
        data: b"1".to_vec(),
        template_driver: None,
        labels: own,
    };
    engine.create_config(&config).await?;
    ensure_conflict("a second config", engine.create_config(&config).await)?;

    let spec = subject.stack(|service| service.networks.clear())?;
    let object = stack::service_object(&spec, "app", &spec.services["app"], &labels);
    engine.create_service(&object).await?;
    ensure_conflict("a second service", engine.create_service(&object).await)
}

/// After an upgrade, services that the new specification has not are told by name; they still run.
pub async fn dropped_services_are_named(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut spec = subject.stack(|_| {})?;
    spec.services.insert("old".to_owned(), service(&subject.image));
    spec.volumes.insert("unused".to_owned(), VolumeSpec::default());
    subject.deploy(&spec).await?;
    let before = stack::dropped(subject.engine, &spec).await?;
    ensure(before.is_empty(), "no dropped service before the upgrade", &before)?;

    spec.services.remove("old");
    subject.deploy(&spec).await?;
    let dropped = stack::dropped(subject.engine, &spec).await?;
    let names: Vec<_> = dropped.iter().map(|service| service.name.clone()).collect();
    ensure(names == [format!("{}_old", spec.name)], "the dropped service", &names)?;
    let namespace = dropped[0].labels.get(LABEL_NAMESPACE);
    ensure(namespace.is_some_and(|n| *n == spec.name.to_string()), "its stack's label", namespace)
}
