//! How services are updated, restarted and placed.

use cc_ci_model::{
    FailureAction, Placement, RestartCondition, RestartPolicy, UpdateOrder, UpdatePolicy,
};

use super::duration::duration;
use crate::yaml::{At, Problem, ProblemKind};

/// Reads `update_config` or `rollback_config`.
pub(crate) fn update(at: &At<'_>) -> Result<UpdatePolicy, Problem> {
    let fields = at.fields(&[
        "parallelism",
        "delay",
        "failure_action",
        "monitor",
        "max_failure_ratio",
        "order",
    ])?;
    let rollback = at.path.last_key() == "rollback_config";
    let action = |at: &At<'_>| match at.text()? {
        "pause" => Ok(FailureAction::Pause),
        "continue" => Ok(FailureAction::Continue),
        "rollback" if !rollback => Ok(FailureAction::Rollback),
        other if rollback => Err(at.bad(other, "pause or continue")),
        other => Err(at.bad(other, "pause, continue or rollback")),
    };
    let order = |at: &At<'_>| match at.text()? {
        "stop-first" => Ok(UpdateOrder::StopFirst),
        "start-first" => Ok(UpdateOrder::StartFirst),
        other => Err(at.bad(other, "stop-first or start-first")),
    };
    let ratio = |at: &At<'_>| {
        let text = &at.scalar("a share from 0 to 1")?.text;
        let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
        share.ok_or_else(|| at.bad(text, "a share from 0 to 1"))
    };
    Ok(UpdatePolicy {
        parallelism: fields.read("parallelism", |at| at.int("a number of tasks"))?,
        delay_ns: fields.read("delay", duration)?,
        failure_action: fields.read("failure_action", action)?,
        monitor_ns: fields.read("monitor", duration)?,
        max_failure_ratio: fields.read("max_failure_ratio", ratio)?,
        order: fields.read("order", order)?,
    })
}

/// Reads `restart_policy`.
pub(crate) fn restart(at: &At<'_>) -> Result<RestartPolicy, Problem> {
    let fields = at.fields(&["condition", "delay", "max_attempts", "window"])?;
    let condition = |at: &At<'_>| match at.text()? {
        "none" => Ok(RestartCondition::None),
        "on-failure" => Ok(RestartCondition::OnFailure),
        "any" => Ok(RestartCondition::Any),
        other => {
            let hint = "the words of `restart:` (always, unless-stopped) do not count here";
            Err(at.bad(other, "none, on-failure or any").hint(hint))
        }
    };
    Ok(RestartPolicy {
        condition: fields.read("condition", condition)?,
        delay_ns: fields.read("delay", duration)?,
        max_attempts: fields.read("max_attempts", |at| at.int("a number of starts"))?,
        window_ns: fields.read("window", duration)?,
    })
}

/// Reads the `restart` of a service, `always`, `unless-stopped` or `on-failure[:attempts]`; `None`
/// for `no`.
pub(crate) fn restart_key(at: &At<'_>) -> Result<Option<RestartPolicy>, Problem> {
    let text = at.text()?;
    let (word, attempts) = match text.split_once(':') {
        Some((word, attempts)) => (word, Some(attempts)),
        None => (text, None),
    };
    let bad = || at.bad(text, "no, always, unless-stopped or on-failure, as in on-failure:3");
    let condition = match word {
        "" | "no" => return Ok(None),
        "always" | "unless-stopped" => RestartCondition::Any,
        "on-failure" => RestartCondition::OnFailure,
        _ => return Err(bad()),
    };
    let max_attempts = match (condition, attempts) {
        (RestartCondition::OnFailure, None) => Some(0),
        (RestartCondition::OnFailure, Some(attempts)) => Some(attempts.parse().map_err(|_| bad())?),
        (_, None) => None,
        (_, Some(_)) => return Err(bad()),
    };
    let condition = Some(condition);
    Ok(Some(RestartPolicy { condition, max_attempts, ..RestartPolicy::default() }))
}

/// Reads `placement`.
pub(crate) fn placement(at: &At<'_>) -> Result<Placement, Problem> {
    let fields = at.fields(&["constraints", "preferences", "max_replicas_per_node"])?;
    let mut spread = Vec::new();
    if let Some(at) = fields.get("preferences") {
        for item in at.items()? {
            spread.push(item.fields(&["spread"])?.need("spread")?.text()?.to_owned());
        }
    }
    let constraints = fields.read("constraints", At::texts)?.unwrap_or_default();
    if let Some(bad) = constraints.iter().find(|c| !c.contains("==") && !c.contains("!=")) {
        let kind = ProblemKind::BadValue {
            value: bad.clone(),
            expected: "a constraint such as node.role == manager".to_owned(),
        };
        return Err(fields.need("constraints")?.problem(kind));
    }
    let max_replicas_per_node =
        fields.read("max_replicas_per_node", |at| at.int("a number of tasks"))?;
    Ok(Placement { constraints, spread, max_replicas_per_node })
}
