//! Which objects of the engine are the unit's own.

use cc_ci_engine::{EngineError, LABEL_RUN, LABEL_UNIT, Object, Selector};

use cc_ci_model::{ObjectSource, StackSpec};

use crate::life::Life;

impl Life<'_> {
    /// The objects of the stack that runs now: they carry its name, the run and the unit. Another
    /// stack of the same name, of another run or another program, is not meant.
    pub(crate) fn objects(&self) -> Selector {
        Selector::stack(self.stack().as_str())
            .and(LABEL_RUN, self.world.run.as_str())
            .and(LABEL_UNIT, self.plan.head.unit.as_str())
    }
}

/// The names of the objects that the stack creates and whose names do not begin with its own.
pub(crate) fn names_elsewhere(spec: &StackSpec) -> Vec<&str> {
    let volumes = spec.volumes.values().filter(|volume| !volume.external);
    let networks = spec.networks.values().filter(|network| !network.external);
    let made = |source: &ObjectSource| !matches!(source, ObjectSource::External);
    let secrets = spec.secrets.values().filter(|secret| made(&secret.source));
    let configs = spec.configs.values().filter(|config| made(&config.source));
    let names = volumes.map(|volume| volume.name.as_str());
    let names = names.chain(networks.map(|network| network.name.as_str()));
    let names = names.chain(secrets.map(|secret| secret.name.as_str()));
    let names = names.chain(configs.map(|config| config.name.as_str()));
    let prefix = format!("{}_", spec.name);
    names.filter(|name| !name.starts_with(&prefix)).collect()
}

/// Objects that are in the way of a deploy: they carry the stack's name as a label, or they have a name
/// that the stack needs without being the unit's. The harness would write into them, restore over them
/// and remove them.
///
/// # Errors
/// The engine's own.
pub(crate) async fn in_the_way(life: &Life<'_>) -> Result<Vec<Object>, EngineError> {
    let stack = Selector::stack(life.stack().as_str());
    let run = Selector::label(LABEL_RUN, life.world.run.as_str());
    let own = run.and(LABEL_UNIT, life.plan.head.unit.as_str());
    let (prefix, names) = (format!("{}_", life.stack()), names_elsewhere(life.spec()));
    let needed = |name: &str| name.starts_with(&prefix) || names.contains(&name);
    let mut found = life.world.site.engine.everything().await?;
    found.retain(|object| {
        stack.matches(&object.labels) || (needed(&object.name) && !own.matches(&object.labels))
    });
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use cc_ci_engine::{Swarm as _, stack};
    use cc_ci_model::VolumeSpec;
    use cc_ci_suite::Suite;

    use super::*;
    use crate::testing::{Scene, services};

    fn volume(name: &str) -> VolumeSpec {
        VolumeSpec { name: name.to_owned(), ..VolumeSpec::default() }
    }

    fn labels(run: &str) -> Vec<(String, String)> {
        let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        vec![label(LABEL_RUN, run), label(LABEL_UNIT, "shop@1.0.0+1")]
    }

    async fn names(life: &Life<'_>) -> Vec<String> {
        let found = in_the_way(life).await.unwrap();
        found.into_iter().map(|object| object.name).collect()
    }

    #[tokio::test]
    async fn a_foreign_object_under_a_name_of_the_stack_is_in_the_way() {
        let mut spec = services(&[("app", "app:1", &["data:/data"])]);
        let granted = spec.volumes.get_mut("data").unwrap();
        granted.name = "granted".to_owned();
        let scene = Scene::new(spec, Suite::default());
        let life = Life::new(&scene.world, &scene.plan, 1);
        let fake = &scene.fake;
        assert!(names(&life).await.is_empty());
        for name in ["granted", "unit-abc123_data", "unit-abc123-data", "other"] {
            fake.create_volume(&volume(name), &[]).await.unwrap();
        }
        let other_run = labels("another-run");
        fake.create_volume(&volume("unit-abc123_of_another"), &other_run).await.unwrap();
        assert_eq!(names(&life).await, ["granted", "unit-abc123_data", "unit-abc123_of_another"]);
    }

    #[tokio::test]
    async fn the_units_own_repository_is_not_in_the_way() {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        let life = Life::new(&scene.world, &scene.plan, 1);
        let own: Vec<_> = life
            .labels()
            .into_iter()
            .filter(|(key, _)| key != cc_ci_engine::LABEL_NAMESPACE)
            .collect();
        let repository = volume(&life.repository_volume().name);
        scene.fake.create_volume(&repository, &own).await.unwrap();
        assert!(names(&life).await.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_stack_of_the_same_name_of_another_run_is_not_taken_down() {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        let life = Life::new(&scene.world, &scene.plan, 1);
        let mut foreign = labels("another-run");
        foreign.push((cc_ci_engine::LABEL_NAMESPACE.to_owned(), life.stack().to_string()));
        scene.fake.create_volume(&volume("neighbour"), &foreign).await.unwrap();
        let limit = std::time::Duration::from_secs(1);
        stack::down(&scene.fake, &life.objects(), limit).await.unwrap();
        let left: BTreeMap<_, _> =
            scene.fake.everything().await.unwrap().into_iter().map(|o| (o.name, o.kind)).collect();
        assert!(left.contains_key("neighbour"));
    }
}
