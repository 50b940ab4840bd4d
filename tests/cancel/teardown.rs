//! Broken off while it is torn down: it is torn down all the same.

use std::collections::BTreeMap;

use cc_ci_docker::Docker;
use cc_ci_engine::{
    ContainerSpec, Containers as _, LABEL_RUN, Mount, Object, ObjectKind, Selector, Swarm as _,
};
use cc_ci_model::{Event, Record, Tier};
use cc_ci_testkit::stack::NGINX;
use cc_ci_testkit::{NodeGuard, Signal};

use crate::shop::Shop;
use crate::{PROGRAM, was_cancelled};

#[tokio::test]
async fn a_teardown_that_is_broken_off_goes_on() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let shop = Shop::open().await;
    let folder = shop.checkout.run_folder("run");
    let tiers = "deploy,custom";
    let mut running = shop.checkout.start(folder.words(["run", "shop", "--tiers", tiers]));
    let began = |tier| move |record: &Record| record.event == Event::TierStarted { tier };
    running.until(&folder, began(Tier::Custom)).await;

    // The tear-down cannot end while somebody else uses a volume of the stack.
    let grip = grip(&node, &folder.run()).await;
    shop.sell();
    running.until(&folder, began(Tier::Teardown)).await;
    running.signal(Signal::INT);
    running.until_it_says("cancelling").await;
    node.engine().remove(&grip).await.unwrap();
    was_cancelled(&running.end().await, &folder, Tier::Teardown, tiers);
    node.left_of(&folder.run()).await.assert_none();
    node.finish().await;
}

/// A container of the test's own that uses the stack's volume.
async fn grip(node: &NodeGuard<Docker>, run: &cc_ci_model::RunId) -> Object {
    let objects = node.engine().inventory(&Selector::label(LABEL_RUN, run.as_str())).await.unwrap();
    let volume = objects.iter().find(|object| object.name.ends_with("_content"));
    let source = volume.unwrap_or_else(|| panic!("no volume in {objects:?}")).name.clone();
    let name = format!("{}-grip", node.run());
    let labels = BTreeMap::from([(LABEL_RUN.to_owned(), node.run().to_string())]);
    let container = ContainerSpec {
        name: name.clone(),
        image: NGINX.to_owned(),
        labels: labels.clone(),
        mounts: vec![Mount { source, target: "/grip".to_owned(), read_only: true }],
        ..ContainerSpec::default()
    };
    let id = node.engine().start_container(&container).await.unwrap();
    Object { kind: ObjectKind::Container, id, name, labels, created: String::new() }
}
