//! `cc-ci reap`

use std::collections::BTreeMap;
use std::time::Duration;

use cc_ci_engine::{LABEL_RUN, Selector, stack};
use cc_ci_model::RunId;
use serde::Serialize;

use super::Context;
use crate::error::{CliError, Kind};
use crate::lease::{self, Lease};
use crate::node::engine;
use crate::scratch;

#[derive(Serialize)]
struct Reaped {
    run: String,
    /// `removed`, `living` or `left`.
    state: &'static str,
    objects: Vec<String>,
}

/// Removes the objects of every run whose lease nobody holds.
pub(super) async fn run(context: &Context<'_>) -> Result<u8, CliError> {
    let engine = engine().await?;
    let mut runs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for object in engine.inventory(&Selector::has(LABEL_RUN)).await? {
        let run = object.labels.get(LABEL_RUN).cloned().unwrap_or_default();
        let line = format!("{} {}", object.kind.as_str(), object.name);
        runs.entry(run).or_default().push(line);
    }
    let mut reaped = Vec::new();
    for (run, objects) in runs {
        let lives = RunId::new(&run).is_ok_and(|id| Lease::is_held(&lease::place(), &id));
        let state = if lives {
            "living"
        } else {
            let selector = Selector::label(LABEL_RUN, &run);
            let down = stack::down(engine.as_ref(), &selector, Duration::from_secs(60)).await?;
            if down.left.is_empty() { "removed" } else { "left" }
        };
        reaped.push(Reaped { run, state, objects });
    }
    let swept = scratch::sweep();
    if !swept.is_empty() {
        context.printer.talk(&format!("removed {} folders of plannings that ended", swept.len()));
    }
    let line = |r: &Reaped| format!("{} {}: {}", r.state, r.run, r.objects.join(", "));
    let text: Vec<_> = reaped.iter().map(line).collect();
    let text = if text.is_empty() { "nothing to remove".to_owned() } else { text.join("\n") };
    context.printer.data(&reaped, &text);
    Ok(if reaped.iter().any(|r| r.state == "left") { Kind::Machine.code() } else { 0 })
}
