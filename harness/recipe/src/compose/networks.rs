//! Declared networks.

use std::collections::BTreeMap;

use cc_ci_model::{Ipam, NetworkSpec};

use super::{Context, Notes, pairs};
use crate::yaml::{At, Problem, ProblemKind};

/// Reads one declared network.
pub(crate) fn network(
    at: &At<'_>,
    key: &str,
    cx: &Context<'_>,
    notes: &mut Notes,
) -> Result<NetworkSpec, Problem> {
    let fields = at.fields_or_nothing(&[
        "name",
        "external",
        "driver",
        "driver_opts",
        "internal",
        "attachable",
        "labels",
        "ipam",
    ])?;
    let (external, name) = external(&fields)?;
    if external {
        for own in ["driver", "driver_opts", "internal", "attachable", "labels", "ipam"] {
            notes.ignored.extend(fields.get(own).map(|at| at.path.to_string()));
        }
    }
    Ok(NetworkSpec {
        name: name.unwrap_or_else(|| if external { key.to_owned() } else { cx.scoped(key) }),
        external,
        driver: fields.text("driver")?.unwrap_or_else(|| "overlay".to_owned()),
        options: fields.read("driver_opts", pairs::labels)?.unwrap_or_default(),
        internal: fields.read("internal", At::flag)?.unwrap_or_default(),
        attachable: fields.read("attachable", At::flag)?.unwrap_or_default(),
        labels: fields.read("labels", pairs::labels)?.unwrap_or_default(),
        ipam: fields.read("ipam", ipam)?.filter(|ipam| *ipam != Ipam::default()),
    })
}

fn ipam(at: &At<'_>) -> Result<Ipam, Problem> {
    let fields = at.fields(&["driver", "config"])?;
    let subnet = |at: &At<'_>| Ok(at.fields(&["subnet"])?.need("subnet")?.text()?.to_owned());
    let subnets = |at: &At<'_>| at.items()?.iter().map(subnet).collect::<Result<_, _>>();
    Ok(Ipam {
        driver: fields.text("driver")?.filter(|driver| !driver.is_empty()),
        subnets: fields.read("config", subnets)?.unwrap_or_default(),
    })
}

/// The network that services join when they name none.
pub(crate) fn default(cx: &Context<'_>) -> NetworkSpec {
    NetworkSpec {
        name: cx.scoped(super::attach::DEFAULT),
        driver: "overlay".to_owned(),
        labels: BTreeMap::new(),
        ..NetworkSpec::default()
    }
}

/// `external` and `name`, with `external: {name: …}` of older files.
pub(crate) fn external(
    fields: &crate::yaml::Fields<'_>,
) -> Result<(bool, Option<String>), Problem> {
    // An empty name, as of a variable that is not set, is none.
    let named = |name: Option<String>| name.filter(|name| !name.is_empty());
    let name = named(fields.text("name")?);
    let Some(external) = fields.get("external") else { return Ok((false, name)) };
    if !matches!(external.node.value, crate::yaml::Value::Map(_)) {
        return Ok((external.flag()?, name));
    }
    let inner = named(external.fields(&["name"])?.text("name")?);
    if name.is_some() && inner.is_some() {
        let what = "`name` stands twice, here and under `external`".to_owned();
        return Err(external.problem(ProblemKind::Conflict(what)));
    }
    Ok((true, inner.or(name)))
}

/// Refuses a key that says how to create an external object.
pub(crate) fn refuse_with_external(
    fields: &crate::yaml::Fields<'_>,
    key: &str,
) -> Result<(), Problem> {
    match fields.get(key) {
        None => Ok(()),
        Some(at) => {
            let what = format!("`{key}` says how to create what `external` says exists");
            Err(at.problem(ProblemKind::Conflict(what)))
        }
    }
}
