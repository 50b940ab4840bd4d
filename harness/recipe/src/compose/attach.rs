//! Networks as a service joins them.

use std::collections::BTreeMap;

use cc_ci_model::Attachment;

use super::pairs;
use crate::yaml::{At, Problem, ProblemKind, Value};

/// Compose name of the network that a service joins when it names none.
pub(crate) const DEFAULT: &str = "default";

/// Reads the networks of `service`; on each it is found under its own name, too.
pub(crate) fn attachments(
    at: Option<&At<'_>>,
    service: &str,
    declared: &[&str],
) -> Result<Vec<Attachment>, Problem> {
    let mut joined = Vec::new();
    let join = |network: &str, mut aliases: Vec<String>, options| {
        // Even where the recipe names the same alias, as the command line does it.
        aliases.push(service.to_owned());
        Attachment { network: network.to_owned(), aliases, options }
    };
    match at.map(|at| (at, &at.node.value)) {
        None => {}
        Some((at, Value::List(_))) => {
            for item in at.items()? {
                check(&item, item.text()?, declared)?;
                joined.push(join(item.text()?, Vec::new(), BTreeMap::new()));
            }
        }
        Some((at, Value::Map(_))) => {
            for (name, _, item) in at.entries()? {
                check(&item, name, declared)?;
                let fields = item.fields_or_nothing(&[
                    "aliases",
                    "driver_opts",
                    "ipv4_address",
                    "ipv6_address",
                ])?;
                for fixed in ["ipv4_address", "ipv6_address"] {
                    if let Some(at) = fields.get(fixed) {
                        let what = "a fixed address of a Swarm service".to_owned();
                        return Err(at.problem(ProblemKind::Unsupported(what)));
                    }
                }
                let aliases = fields.read("aliases", At::texts)?.unwrap_or_default();
                let options = fields.read("driver_opts", pairs::labels)?.unwrap_or_default();
                joined.push(join(name, aliases, options));
            }
        }
        Some((at, Value::Scalar(_))) => return Err(at.expected("a list or a mapping of networks")),
    }
    if joined.is_empty() {
        joined.push(join(DEFAULT, Vec::new(), BTreeMap::new()));
    }
    Ok(joined)
}

fn check(at: &At<'_>, name: &str, declared: &[&str]) -> Result<(), Problem> {
    if name == DEFAULT || declared.contains(&name) {
        return Ok(());
    }
    let near = crate::nearest(name, declared.iter().copied()).map(str::to_owned);
    Err(at.problem(ProblemKind::Undeclared { kind: "network", name: name.to_owned(), near }))
}
