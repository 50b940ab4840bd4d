//! Promises about finding things.

use cc_ci_model::VolumeSpec;

use super::broken::{Broken, ensure};
use super::build::network;
use super::subject::Subject;
use crate::{LABEL_RUN, Selector};

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

    let both = Selector {
        labels: vec![
            (LABEL_RUN.to_owned(), subject.run.to_string()),
            (colour.clone(), "blue".to_owned()),
        ],
    };
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
    ensure(node.cpus > 0 && node.memory_bytes > 0, "CPUs and memory", &node)
}
