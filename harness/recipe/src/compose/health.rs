//! Health checks.

use cc_ci_model::Healthcheck;

use super::Notes;
use super::duration::duration;
use crate::yaml::{At, Problem, ProblemKind, Value};

/// Reads a health check.
pub(crate) fn healthcheck(at: &At<'_>, notes: &mut Notes) -> Result<Healthcheck, Problem> {
    let fields = at.fields(&[
        "test",
        "interval",
        "timeout",
        "retries",
        "start_period",
        "start_interval",
        "disable",
    ])?;
    let disabled = fields.read("disable", At::flag)?.unwrap_or_default();
    if fields.get("start_interval").is_some() {
        // Engines before API 1.44 do not know it.
        notes.ignored.insert(format!("{}.start_interval", at.path));
    }
    let test = fields.read("test", test)?;
    if disabled && test.as_ref().is_some_and(|test| test != &["NONE"]) {
        let what = "a disabled health check has a test".to_owned();
        return Err(at.problem(ProblemKind::Conflict(what)));
    }
    Ok(Healthcheck {
        test: if disabled { vec!["NONE".to_owned()] } else { test.unwrap_or_default() },
        interval_ns: fields.read("interval", duration)?,
        timeout_ns: fields.read("timeout", duration)?,
        start_period_ns: fields.read("start_period", duration)?,
        retries: fields.read("retries", |at| at.int("a number of failures"))?,
    })
}

fn test(at: &At<'_>) -> Result<Vec<String>, Problem> {
    match &at.node.value {
        Value::Scalar(_) => Ok(vec!["CMD-SHELL".to_owned(), at.text()?.to_owned()]),
        Value::List(_) => {
            let test = at.texts()?;
            match test.first().map(String::as_str) {
                None | Some("NONE" | "CMD" | "CMD-SHELL") => Ok(test),
                Some(other) => Err(at.bad(other, "CMD, CMD-SHELL or NONE as the first word")),
            }
        }
        Value::Map(_) => Err(at.expected("a text or a list of texts")),
    }
}
