//! Promises about finding things.

use std::collections::BTreeMap;
use std::time::Duration;

use cc_ci_model::VolumeSpec;

use super::broken::{Broken, ensure};
use super::build::network;
use super::subject::Subject;
use crate::{ConfigObject, EngineError, LABEL_RUN, ObjectKind, SecretObject, Selector, stack};

/// A label with a value finds what carries both; without a value, what carries the label; two
/// labels, what carries both.
pub async fn a_label_finds_only_its_own(subject: &Subject<'_>) -> Result<(), Broken> {
    let engine = subject.engine;
    let colour = subject.name("colour");
    for (name, value) in [("red", "red"), ("blue", "blue")] {
        let mut labels = subject.labels();
        labels.push((colour.clone(), value.to_owned()));
        let volume = VolumeSpec { name: subject.name(name), ..VolumeSpec::default() };
        engine.create_volume(&volume, &labels).await?;
    }
    let plain = VolumeSpec { name: subject.name("plain"), ..VolumeSpec::default() };
    engine.create_volume(&plain, &subject.labels()).await?;

    let both = Selector::label(LABEL_RUN, subject.run.as_str()).and(&colour, "blue");
    let cases = [
        (Selector::label(&colour, "red"), vec!["red"]),
        (Selector::has(&colour), vec!["blue", "red"]),
        (both, vec!["blue"]),
        (Selector::label(&colour, "re"), vec![]),
        (subject.mine(), vec!["blue", "plain", "red"]),
    ];
    for (selector, expected) in cases {
        let found = engine.inventory(&selector).await?;
        let names: Vec<_> = found.into_iter().map(|object| object.name).collect();
        let expected: Vec<_> = expected.into_iter().map(|name| subject.name(name)).collect();
        ensure(names == expected, &format!("{expected:?} for {selector:?}"), names)?;
    }
    Ok(())
}

/// An empty value finds nothing, not even an object whose label is empty, and takes nothing down. An
/// excluded label takes objects away from what is found.
pub async fn an_empty_value_finds_nothing(subject: &Subject<'_>) -> Result<(), Broken> {
    let engine = subject.engine;
    let colour = subject.name("colour");
    let labels = |value: &str| {
        let label = (colour.clone(), value.to_owned());
        subject.labels().into_iter().chain([label]).collect::<BTreeMap<_, _>>()
    };
    for (what, value) in [("empty", ""), ("red", "red")] {
        let (name, labels) = (subject.name(what), labels(value));
        let config = ConfigObject {
            name: name.clone(),
            data: b"x".to_vec(),
            template_driver: None,
            labels: labels.clone(),
        };
        engine.create_config(&config).await?;
        let data = b"x".to_vec();
        engine
            .create_secret(&SecretObject {
                name: name.clone(),
                data: data.into(),
                template_driver: None,
                labels,
            })
            .await?;
        engine.start_container(&subject.own(what)).await?;
    }
    let nothing = [
        Selector::label(&colour, ""),
        Selector::label(LABEL_RUN, ""),
        subject.mine().and(&colour, ""),
        Selector::has(""),
    ];
    for selector in nothing {
        let found = engine.inventory(&selector).await?;
        ensure(found.is_empty(), &format!("nothing for {selector:?}"), found)?;
        let found = engine.containers(&selector).await?;
        ensure(found.is_empty(), &format!("no container for {selector:?}"), found)?;
        let found = engine.services(&selector).await?;
        ensure(found.is_empty(), &format!("no service for {selector:?}"), found)?;
        let down = stack::down(engine, &selector, Duration::from_secs(5)).await?;
        ensure(down.left.is_empty(), "nothing to take down", down)?;
    }
    let mine = engine.inventory(&subject.mine()).await?;
    ensure(mine.len() == 6, "six objects after all that", mine)?;
    let plain = engine.inventory(&subject.mine().without(&colour)).await?;
    let kinds: Vec<_> = plain.iter().map(|object| object.kind).collect();
    let expected = [ObjectKind::Container, ObjectKind::Container];
    ensure(kinds == expected, "only what does not carry the label", plain)
}

/// The labels of a config can be replaced while it lives, and selectors see the new ones.
pub async fn a_config_gets_other_labels(subject: &Subject<'_>) -> Result<(), Broken> {
    let engine = subject.engine;
    let (colour, name) = (subject.name("colour"), subject.name("config"));
    let labels = |value: &str| {
        let label = (colour.clone(), value.to_owned());
        subject.labels().into_iter().chain([label]).collect::<BTreeMap<_, _>>()
    };
    let config = ConfigObject {
        name: name.clone(),
        data: b"content".to_vec(),
        template_driver: None,
        labels: labels("red"),
    };
    let id = engine.create_config(&config).await?;
    for value in ["blue", "green"] {
        engine.relabel_config(&name, &labels(value)).await?;
        let old = engine.inventory(&Selector::label(&colour, "red")).await?;
        ensure(old.is_empty(), "the old label is gone", old)?;
        let found = engine.inventory(&Selector::label(&colour, value)).await?;
        let ids: Vec<_> = found.iter().map(|object| object.id.as_str()).collect();
        ensure(ids == [id.as_str()], "the same config", found)?;
    }
    let missing = engine.relabel_config(&subject.name("no-such"), &labels("red")).await;
    let named = matches!(&missing, Err(EngineError::NotFound { object })
        if *object == format!("config {}", subject.name("no-such")));
    ensure(named, "a config that is not there is named", missing)
}

/// Lists come in the order that is promised, whatever the order of creation.
pub async fn lists_are_sorted(subject: &Subject<'_>) -> Result<(), Broken> {
    let engine = subject.engine;
    for what in ["b", "a"] {
        let volume = VolumeSpec { name: subject.name(what), ..VolumeSpec::default() };
        engine.create_volume(&volume, &subject.labels()).await?;
        engine.create_network(&network(&subject.name(what)), &subject.labels()).await?;
        engine.start_container(&subject.own(what)).await?;
    }
    let inventory = engine.inventory(&subject.mine()).await?;
    ensure(inventory.len() == 6, "six objects", &inventory)?;
    ensure(inventory.is_sorted(), "a sorted inventory", &inventory)?;
    let containers = engine.containers(&subject.mine()).await?;
    let names: Vec<_> = containers.iter().map(|container| container.name.clone()).collect();
    ensure(names == [subject.name("a"), subject.name("b")], "containers by name", names)
}

/// The node answers with its version and is an active manager.
pub async fn the_node_is_a_manager(subject: &Subject<'_>) -> Result<(), Broken> {
    let node = subject.engine.node().await?;
    ensure(node.swarm == "active" && node.manager, "an active manager", &node)?;
    let facts = [&node.version, &node.api, &node.kernel, &node.arch, &node.name, &node.data_root];
    ensure(facts.iter().all(|fact| !fact.is_empty()), "facts about the node", &node)?;
    ensure(node.time.len() > 19 && node.time.contains('T'), "the engine's time", &node)?;
    ensure(node.cpus > 0 && node.memory_bytes > 0, "CPUs and memory", &node)
}
