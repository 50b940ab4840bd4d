//! The leak proof: what was not there before the unit, belongs to it and is there after it.
//!
//! Labels do not find everything: a volume that an image declares and the recipe does not name has no label, and
//! neither has a mount or a port. The volumes, mounts and ports of the unit's containers are therefore recorded while
//! the containers run.

use std::collections::BTreeSet;
use std::io;

use cc_ci_engine::{Engine, Object, ObjectKind, Selector};
use cc_ci_model::{Fault, StackSpec};

use crate::Traces;

/// The node before a unit, and what the unit was seen to use.
#[derive(Debug)]
pub(crate) struct Leaks {
    before: BTreeSet<(ObjectKind, String)>,
    ports_before: BTreeSet<u16>,
    volumes: BTreeSet<String>,
    containers: BTreeSet<String>,
    /// Why a look failed, the first time: what was not seen cannot be called clean.
    blind: Option<Fault>,
}

impl Leaks {
    /// No look at all. What was never looked at is not clean.
    pub(crate) fn unseen() -> Self {
        let message = "the node was not looked at before the unit".to_owned();
        Self::blind(Fault::Bug { message })
    }

    fn blind(reason: Fault) -> Self {
        Self {
            before: BTreeSet::new(),
            ports_before: BTreeSet::new(),
            volumes: BTreeSet::new(),
            containers: BTreeSet::new(),
            blind: Some(reason),
        }
    }

    /// The node as it is before the unit does anything. A look that fails is remembered, and
    /// [`Leaks::find`] gives its reason.
    pub(crate) async fn begin(engine: &dyn Engine, traces: &dyn Traces) -> Self {
        let objects = engine.everything().await.map_err(|error| error.fault());
        let seen = objects.and_then(|objects| Ok((objects, traces.listening().map_err(unread)?)));
        let (objects, ports_before) = match seen {
            Ok(seen) => seen,
            Err(reason) => return Self::blind(reason),
        };
        Self {
            before: objects.into_iter().map(|object| (object.kind, object.id)).collect(),
            ports_before,
            volumes: BTreeSet::new(),
            containers: BTreeSet::new(),
            blind: None,
        }
    }

    /// Writes down what the unit's containers use now; the answer is the ids of those that run. A container that comes and goes between two
    /// looks is missed; its volumes went with it. A look that fails is remembered, and
    /// [`Leaks::find`] gives its reason.
    pub(crate) async fn look(&mut self, engine: &dyn Engine, unit: &Selector) -> Vec<String> {
        match engine.containers(unit).await {
            Ok(found) => {
                let running = found.iter().filter(|container| container.state == "running");
                let ids = running.map(|container| container.id.clone()).collect();
                self.containers.extend(found.iter().map(|container| container.id.clone()));
                self.volumes.extend(found.into_iter().flat_map(|container| container.volumes));
                ids
            }
            Err(error) => {
                self.blind.get_or_insert_with(|| error.fault());
                Vec::new()
            }
        }
    }

    /// What of the unit is still there, each in a reader's words.
    ///
    /// # Errors
    /// The reason of the first look that failed, before the unit, while it lived or now.
    pub(crate) async fn find(
        &self,
        (engine, traces): (&dyn Engine, &dyn Traces),
        stacks: &[&StackSpec],
    ) -> Result<Vec<String>, Fault> {
        if let Some(reason) = &self.blind {
            return Err(reason.clone());
        }
        let after = engine.everything().await;
        let after = after.map_err(|error| error.fault())?;
        let mut left: Vec<String> = after
            .iter()
            .filter(|object| !self.before.contains(&(object.kind, object.id.clone())))
            .filter(|object| self.is_ours(object, stacks))
            .map(|object| format!("{} {}", object.kind.as_str(), object.name))
            .collect();
        let mounts = traces.mounts().map_err(unread)?;
        let ours = |point: &&String| {
            let mut words = self.volumes.iter().chain(&self.containers);
            words.any(|word| point.contains(word.as_str()))
        };
        left.extend(mounts.iter().filter(ours).map(|point| format!("mount {point}")));
        let listening = traces.listening().map_err(unread)?;
        let published = stacks.iter().flat_map(|stack| stack.services.values());
        let published: BTreeSet<_> = published
            .flat_map(|service| &service.ports)
            .filter_map(|port| port.published)
            .collect();
        let open = published.intersection(&listening);
        let new: Vec<_> = open.filter(|port| !self.ports_before.contains(port)).collect();
        if !new.is_empty() {
            // Another run of the same recipe may have taken the port the moment it was free.
            let others = engine.all_containers().await;
            let others = others.map_err(|error| error.fault())?;
            let held = |port: &u16| {
                let end = format!(":{port}");
                others.iter().flat_map(|other| other.ports.values()).any(|at| at.ends_with(&end))
            };
            left.extend(
                new.into_iter().filter(|port| !held(port)).map(|port| format!("port {port}")),
            );
        }
        Ok(left)
    }

    /// By what its containers mounted, or by its name.
    fn is_ours(&self, object: &Object, stacks: &[&StackSpec]) -> bool {
        let named = stacks.iter().any(|stack| {
            object.name.strip_prefix(stack.name.as_str()).is_some_and(|rest| rest.starts_with('_'))
        });
        named || (object.kind == ObjectKind::Volume && self.volumes.contains(&object.name))
    }
}

/// A machine that cannot be looked at is not a clean one.
fn unread(error: io::Error) -> Fault {
    Fault::Bug { message: format!("the machine cannot be looked at: {error}") }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use cc_ci_engine::fake::FakeEngine;
    use cc_ci_engine::{ContainerSpec, Containers, EngineError, LABEL_UNIT, Mount, Swarm};
    use cc_ci_model::{PortMode, PortSpec, Protocol, ServiceSpec, StackName, VolumeSpec};

    use super::*;

    /// A machine whose mounts and ports the test decides.
    #[derive(Default)]
    struct Machine {
        ports: Mutex<BTreeSet<u16>>,
        mounts: Mutex<BTreeSet<String>>,
        unreadable: Mutex<bool>,
    }

    impl Machine {
        fn read<T>(&self, value: T) -> io::Result<T> {
            if *self.unreadable.lock().unwrap() {
                return Err(io::Error::other("/proc is not mounted"));
            }
            Ok(value)
        }
    }

    impl Traces for Machine {
        fn listening(&self) -> io::Result<BTreeSet<u16>> {
            self.read(self.ports.lock().unwrap().clone())
        }

        fn mounts(&self) -> io::Result<BTreeSet<String>> {
            self.read(self.mounts.lock().unwrap().clone())
        }
    }

    fn stack() -> StackSpec {
        let port = PortSpec {
            target: 80,
            published: Some(64738),
            protocol: Protocol::Tcp,
            mode: PortMode::Host,
        };
        let service = ServiceSpec { ports: vec![port], ..ServiceSpec::default() };
        StackSpec {
            name: StackName::new("mumb-000000").unwrap(),
            services: [("app".to_owned(), service)].into(),
            networks: [].into(),
            volumes: [].into(),
            secrets: [].into(),
            configs: [].into(),
        }
    }

    async fn volume(engine: &FakeEngine, name: &str) {
        let spec = VolumeSpec { name: name.to_owned(), ..VolumeSpec::default() };
        engine.create_volume(&spec, &[]).await.unwrap();
    }

    #[tokio::test]
    async fn only_what_the_unit_left_is_a_leak() {
        let (engine, machine) = (FakeEngine::with_images(["app"]), Machine::default());
        volume(&engine, "mumb-000000_old").await;
        machine.ports.lock().unwrap().insert(22);
        let mut leaks = Leaks::begin(&engine, &machine).await;
        let own = ContainerSpec {
            name: "task".to_owned(),
            image: "app".to_owned(),
            labels: [(LABEL_UNIT.to_owned(), "u".to_owned())].into(),
            mounts: vec![Mount {
                source: "5f3c9a".to_owned(),
                target: "/data".to_owned(),
                read_only: false,
            }],
            ..ContainerSpec::default()
        };
        volume(&engine, "5f3c9a").await;
        engine.start_container(&own).await.unwrap();
        leaks.look(&engine, &Selector::label(LABEL_UNIT, "u")).await;
        let found = leaks.find((&engine, &machine), &[&stack()]).await.unwrap();
        assert_eq!(found, ["volume 5f3c9a"], "a volume without a label is known by its container");

        // What carries the stack's name is the unit's, what was there before or is another's is not.
        volume(&engine, "mumb-000000_made-by-a-hook").await;
        volume(&engine, "mumb-0000001_other").await;
        machine.mounts.lock().unwrap().insert("/volumes/5f3c9a/_data".to_owned());
        machine.mounts.lock().unwrap().insert("/home".to_owned());
        machine.ports.lock().unwrap().extend([64738, 443]);
        let found = leaks.find((&engine, &machine), &[&stack()]).await.unwrap();
        let all = [
            "volume 5f3c9a",
            "volume mumb-000000_made-by-a-hook",
            "mount /volumes/5f3c9a/_data",
            "port 64738",
        ];
        assert_eq!(found, all);
    }

    fn error() -> EngineError {
        EngineError::Conflict { object: "x".to_owned(), message: "y".to_owned() }
    }

    #[tokio::test]
    async fn a_look_that_failed_while_the_unit_lived_is_not_clean() {
        let (engine, machine) = (FakeEngine::new(), Machine::default());
        let mut leaks = Leaks::begin(&engine, &machine).await;
        engine.fail_next("containers", error());
        leaks.look(&engine, &Selector::has(LABEL_UNIT)).await;
        leaks.look(&engine, &Selector::has(LABEL_UNIT)).await;
        let found = leaks.find((&engine, &machine), &[&stack()]).await;
        assert_eq!(found, Err(error().fault()));
    }

    #[tokio::test]
    async fn a_first_look_that_failed_is_not_clean() {
        let (engine, machine) = (FakeEngine::new(), Machine::default());
        engine.fail_next("everything", error());
        let leaks = Leaks::begin(&engine, &machine).await;
        let found = leaks.find((&engine, &machine), &[&stack()]).await;
        assert_eq!(found, Err(error().fault()));
        assert!(Leaks::unseen().find((&engine, &machine), &[&stack()]).await.is_err());
    }

    #[tokio::test]
    async fn a_machine_that_cannot_be_looked_at_is_not_clean() {
        let (engine, machine) = (FakeEngine::new(), Machine::default());
        let seen = Leaks::begin(&engine, &machine).await;
        *machine.unreadable.lock().unwrap() = true;
        let unseen = Leaks::begin(&engine, &machine).await;
        for leaks in [seen, unseen] {
            let fault = leaks.find((&engine, &machine), &[&stack()]).await.unwrap_err();
            assert!(fault.to_string().contains("/proc is not mounted"), "{fault}");
        }
    }

    #[tokio::test]
    async fn a_port_of_somebody_else_is_no_leak() {
        let (engine, machine) = (FakeEngine::new(), Machine::default());
        machine.ports.lock().unwrap().insert(64738);
        let leaks = Leaks::begin(&engine, &machine).await;
        let found = leaks.find((&engine, &machine), &[&stack()]).await.unwrap();
        assert!(found.is_empty(), "{found:?}");
    }
}
