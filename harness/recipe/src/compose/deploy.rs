//! The `deploy` section of a service.

use cc_ci_model::{EndpointMode, GenericResource, Mode, Resources, ServiceSpec};

use super::bytes::bytes;
use super::{pairs, policy};
use crate::yaml::{At, Problem, ProblemKind};

/// Reads `deploy` into `service`.
pub(crate) fn deploy(at: &At<'_>, service: &mut ServiceSpec) -> Result<(), Problem> {
    let fields = at.fields_or_nothing(&[
        "mode",
        "replicas",
        "labels",
        "update_config",
        "rollback_config",
        "restart_policy",
        "placement",
        "resources",
        "endpoint_mode",
    ])?;
    let replicas = fields.read("replicas", |at| at.int::<u64>("a number of replicas"))?;
    let global = fields.read("mode", |at| match at.text()? {
        "replicated" => Ok(false),
        "global" => Ok(true),
        job @ ("replicated-job" | "global-job") => {
            Err(at.problem(ProblemKind::Unsupported(format!("mode {job}"))))
        }
        other => Err(at.bad(other, "replicated or global")),
    })?;
    service.mode = match (global.unwrap_or_default(), replicas) {
        (true, Some(_)) => {
            let what = "a global service has no number of replicas".to_owned();
            return Err(fields.need("replicas")?.problem(ProblemKind::Conflict(what)));
        }
        (true, None) => Mode::Global,
        (false, replicas) => Mode::Replicated(replicas.unwrap_or(1)),
    };
    let endpoint = |at: &At<'_>| match at.text()? {
        "vip" => Ok(EndpointMode::Vip),
        "dnsrr" => Ok(EndpointMode::Dnsrr),
        other => Err(at.bad(other, "vip or dnsrr")),
    };
    service.endpoint_mode = fields.read("endpoint_mode", endpoint)?.unwrap_or_default();
    service.labels = fields.read("labels", pairs::labels)?.unwrap_or_default();
    service.update = fields.read("update_config", policy::update)?;
    service.rollback = fields.read("rollback_config", policy::update)?;
    service.restart = fields.read("restart_policy", policy::restart)?;
    service.placement = fields.read("placement", policy::placement)?.unwrap_or_default();
    service.resources = fields.read("resources", resources)?.unwrap_or_default();
    Ok(())
}

fn resources(at: &At<'_>) -> Result<Resources, Problem> {
    let fields = at.fields(&["limits", "reservations"])?;
    let mut resources = Resources::default();
    if let Some(at) = fields.get("limits") {
        let fields = at.fields(&["cpus", "memory", "pids"])?;
        resources.limit_nano_cpus = fields.read("cpus", cpus)?;
        resources.limit_memory_bytes = fields.read("memory", memory)?;
        resources.limit_pids = fields.read("pids", |at| at.int("a number of processes"))?;
    }
    if let Some(at) = fields.get("reservations") {
        let fields = at.fields(&["cpus", "memory", "generic_resources"])?;
        resources.reserve_generic = fields.read("generic_resources", generic)?.unwrap_or_default();
        resources.reserve_nano_cpus = fields.read("cpus", cpus)?;
        resources.reserve_memory_bytes = fields.read("memory", memory)?;
    }
    Ok(resources)
}

fn generic(at: &At<'_>) -> Result<Vec<GenericResource>, Problem> {
    let one = |at: &At<'_>| {
        let spec = at.fields(&["discrete_resource_spec"])?.need("discrete_resource_spec")?;
        let fields = spec.fields(&["kind", "value"])?;
        let kind = fields.need("kind")?.text()?.to_owned();
        let count = fields.need("value")?.int("a number of things")?;
        Ok(GenericResource { kind, count })
    };
    at.items()?.iter().map(one).collect()
}

/// A number of CPUs, in 10⁻⁹ CPUs. Docker wants it in quotes.
fn cpus(at: &At<'_>) -> Result<i64, Problem> {
    let text = at.text()?;
    if text.is_empty() {
        return Ok(0);
    }
    let cpus = text.parse::<f64>().ok().filter(|cpus| cpus.is_finite() && *cpus >= 0.0);
    cpus.filter(|cpus| *cpus <= 1e6)
        .map(|cpus| (cpus * 1e9).round() as i64)
        .ok_or_else(|| at.bad(text, "a number of CPUs such as \"0.5\""))
}

fn memory(at: &At<'_>) -> Result<i64, Problem> {
    // `bytes` stays within what the engine can count.
    bytes(at).map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX))
}
