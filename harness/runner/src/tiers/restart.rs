//! Every task is killed at once, as when a machine loses power; the app comes back by itself.

use std::collections::BTreeSet;
use std::time::Duration;

use cc_ci_model::{Facts, Fault, Observed, Operation, RestartCondition, StackSpec};

use super::kill::kill_all;
use super::{checks, ready, stable};
use crate::bench::{Bench, Stop};
use crate::converge::{Watch, before, converge};
use crate::judge::{Expected, serves};
use crate::life::Life;
use crate::proof;

pub(super) async fn run(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let key = life.nonce("rs");
    bench.waiting("canary data");
    let stores = bench.check("canary_data_written", proof::write_all(bench, life, &key)).await?;
    restart_is_allowed(bench, life.spec()).await?;
    let engine = bench.world.site.engine.clone();
    let mut watch = Watch::open(&bench.world.site).await?;
    let mut expected = before(engine.as_ref(), life.spec()).await?;
    let killed = bench.check("tasks_killed", kill_all(bench, life)).await?;
    expected.dead = killed.tasks;
    come_back(bench, life, (&mut watch, &expected), &killed.services).await?;
    proof::intact(bench, life, &stores, &key, (Operation::Restart, &|_| Ok(()))).await?;
    checks(bench, life).await
}

/// Waits until the services that are down run again in new tasks, and serve.
pub(super) async fn come_back(
    bench: &Bench<'_>,
    life: &Life<'_>,
    (watch, expected): (&mut Watch, &Expected),
    killed: &BTreeSet<String>,
) -> Result<(), Stop> {
    let spec = life.spec();
    let pause = killed.iter().filter_map(|key| restart_delay(spec, key)).max();
    let limit = life.plan.suite.timeouts.deploy + pause.unwrap_or_default();
    let tasks = converge(bench, watch, spec, expected, (limit, stable(life)));
    bench.check("services_converge", tasks).await?;
    ready(bench, life).await
}

/// The pause that the recipe wants before a restart.
fn restart_delay(spec: &StackSpec, key: &str) -> Option<Duration> {
    let policy = spec.services.get(key)?.restart.as_ref()?;
    policy.delay_ns.map(Duration::from_nanos)
}

/// The check that every service that serves may be started again by Swarm.
pub(super) async fn restart_is_allowed(bench: &Bench<'_>, spec: &StackSpec) -> Result<(), Stop> {
    let mut facts = Facts::default();
    for (key, service) in spec.services.iter().filter(|(_, service)| serves(service)) {
        let condition = service.restart.as_ref().and_then(|policy| policy.condition);
        let never = condition == Some(RestartCondition::None);
        let found = if never { "never" } else { "started again" };
        facts = facts.with(&format!("a killed task of {key} is"), "started again", found);
    }
    bench.observe("restart_is_allowed", Observed::Facts(facts));
    bench.check("restart_is_allowed", async { Ok(unattended(spec)?) }).await
}

/// Fails at once where a restart policy forbids to start a killed task again: waiting for the task would prove
/// nothing.
fn unattended(spec: &StackSpec) -> Result<(), Fault> {
    for (service, wanted) in &spec.services {
        let policy = wanted.restart.as_ref().and_then(|policy| policy.condition);
        if policy == Some(RestartCondition::None) && serves(wanted) {
            let detail = "its restart policy is `condition: none`".to_owned();
            return Err(Fault::NotRestarted { service: service.clone(), detail });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{Healthcheck, RestartPolicy};

    use super::*;
    use crate::testing::services;

    #[rstest::rstest]
    #[case::any(Some(RestartCondition::Any), true, true)]
    #[case::default(None, true, true)]
    #[case::never(Some(RestartCondition::None), true, false)]
    #[case::a_one_shot_may_stay_away(Some(RestartCondition::None), false, true)]
    fn a_server_that_may_not_be_restarted_is_told_at_once(
        #[case] condition: Option<RestartCondition>,
        #[case] serves: bool,
        #[case] allowed: bool,
    ) {
        let mut spec = services(&[("app", "app:1", &[])]);
        let app = spec.services.get_mut("app").unwrap();
        app.restart = Some(RestartPolicy { condition, ..RestartPolicy::default() });
        app.ports.clear();
        app.healthcheck = serves.then(|| Healthcheck {
            test: vec!["CMD".to_owned(), "true".to_owned()],
            ..Healthcheck::default()
        });
        assert_eq!(unattended(&spec).is_ok(), allowed);
    }
}
