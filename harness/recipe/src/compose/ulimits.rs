//! Process limits.

use cc_ci_model::Ulimit;

use crate::yaml::{At, Problem, Value};

/// Reads process limits: one number, or `soft` and `hard`.
pub(crate) fn ulimits(at: &At<'_>) -> Result<Vec<Ulimit>, Problem> {
    let number = |at: &At<'_>| at.int::<i64>("a limit");
    let mut limits = Vec::new();
    for (name, _, at) in at.entries()? {
        let name = name.to_owned();
        limits.push(if let Value::Map(_) = &at.node.value {
            let fields = at.fields(&["soft", "hard"])?;
            let (soft, hard) = (number(&fields.need("soft")?)?, number(&fields.need("hard")?)?);
            if hard != -1 && soft > hard {
                return Err(at.bad(&soft.to_string(), "a soft limit below the hard one"));
            }
            Ulimit { name, soft, hard }
        } else {
            let limit = number(&at)?;
            Ulimit { name, soft: limit, hard: limit }
        });
    }
    Ok(limits)
}
