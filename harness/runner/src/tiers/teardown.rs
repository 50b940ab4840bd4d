//! Nothing is left on the engine.

use std::time::Duration;

use cc_ci_engine::{EngineError, Object, Selector, stack};
use cc_ci_model::{Fault, Outcome};
use tokio::time::Instant;

use crate::World;
use crate::bench::{Bench, Stop, millis_since};
use crate::life::Life;

/// Time for the engine to let go. It takes a fraction of a second on an idle node.
const LIMIT: Duration = Duration::from_secs(60);

pub(super) async fn run(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let started = Instant::now();
    bench.waiting("the engine to let go of the stack");
    // Not through `Bench::check`: a cancelled run is torn down all the same.
    let result = remove_all(bench, life).await;
    let closed = life.close_doors().await;
    let millis = millis_since(started);
    let outcome = match &result {
        Ok(left) if left.is_empty() => {
            closed.map_or_else(|fault| Outcome::Failed { fault }, |()| Outcome::Passed)
        }
        Ok(left) => Outcome::Failed { fault: Fault::LeftBehind { objects: names(left) } },
        Err(error) => Outcome::Failed { fault: error.fault() },
    };
    bench.note("nothing_left", outcome, millis, Vec::new());
    let started = Instant::now();
    let outcome = match leaked(bench, life).await {
        Ok(left) if left.is_empty() => Outcome::Passed,
        Ok(objects) => Outcome::Failed { fault: Fault::LeftBehind { objects } },
        Err(error) => Outcome::Failed { fault: error.fault() },
    };
    bench.note("nothing_leaked", outcome, millis_since(started), Vec::new());
    let (expected, found) = (life.due, life.deploys);
    // A unit that failed before its deploy has none to count.
    if found > 0 {
        let outcome = if found == expected {
            Outcome::Passed
        } else {
            Outcome::Failed { fault: Fault::DeployCount { expected, found } }
        };
        bench.note("deploy_count", outcome, 0, Vec::new());
    }
    Ok(())
}

/// What carries no label of ours and is the unit's all the same.
async fn leaked(bench: &Bench<'_>, life: &Life<'_>) -> Result<Vec<String>, EngineError> {
    let plan = life.plan;
    let stacks = [&plan.first().spec, &plan.target.spec, &plan.fresh.spec];
    let World { engine, traces, .. } = bench.world;
    life.leaks.find((engine.as_ref(), traces.as_ref()), &stacks).await
}

/// Removes by label, twice over: what carries the stack's name, and what carries the unit's.
async fn remove_all(bench: &Bench<'_>, life: &Life<'_>) -> Result<Vec<Object>, EngineError> {
    let engine = bench.world.engine.as_ref();
    let by_stack = Selector::stack(life.stack().as_str());
    let mut left = stack::down(engine, &by_stack, LIMIT).await?.left;
    let by_unit = bench.world.objects_of(bench.unit);
    left.extend(stack::down(engine, &by_unit, LIMIT).await?.left);
    left.sort();
    left.dedup();
    Ok(left)
}

/// Kind and name of each object, for a reader.
pub(crate) fn names(left: &[Object]) -> Vec<String> {
    left.iter().map(|object| format!("{} {}", object.kind.as_str(), object.name)).collect()
}
