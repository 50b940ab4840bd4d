//! One service.

use std::collections::BTreeSet;

use cc_ci_model::{Logging, ServiceSpec};

use super::duration::duration;
use super::words::command;
use super::{Context, Notes, attach, deploy, health, mounts, pairs, policy, ports, refs, ulimits};
use crate::env::interpolate;
use crate::yaml::{At, Fields, Problem, ProblemKind};

/// Keys that are read.
const KNOWN: [&str; 30] = [
    "image",
    "entrypoint",
    "command",
    "environment",
    "labels",
    "hostname",
    "user",
    "working_dir",
    "volumes",
    "secrets",
    "configs",
    "networks",
    "ports",
    "healthcheck",
    "deploy",
    "stop_grace_period",
    "stop_signal",
    "init",
    "tty",
    "stdin_open",
    "read_only",
    "cap_add",
    "cap_drop",
    "sysctls",
    "ulimits",
    "extra_hosts",
    "dns",
    "dns_search",
    "logging",
    "credential_spec",
];

/// Keys that `docker stack deploy` accepts and does nothing about. `tmpfs` is among them, as tried
/// with its short form: no mount comes of it.
const IGNORED: [&str; 21] = [
    "build",
    "cgroup_parent",
    "cgroupns_mode",
    "container_name",
    "depends_on",
    "devices",
    "domainname",
    "expose",
    "external_links",
    "ipc",
    "isolation",
    "links",
    "mac_address",
    "network_mode",
    "oom_score_adj",
    "pid",
    "privileged",
    "security_opt",
    "shm_size",
    "tmpfs",
    "userns_mode",
];

/// Names that the file declares.
#[derive(Debug)]
pub(crate) struct Declared<'a> {
    pub(crate) networks: Vec<&'a str>,
    pub(crate) volumes: Vec<&'a str>,
    pub(crate) secrets: Vec<&'a str>,
    pub(crate) configs: Vec<&'a str>,
}

/// Reads the service `name`.
pub(crate) fn service(
    at: &At<'_>,
    name: &str,
    declared: &Declared<'_>,
    cx: &Context<'_>,
    notes: &mut Notes,
) -> Result<ServiceSpec, Problem> {
    // What `env_file` says is in `environment` by now.
    let keys: Vec<&str> =
        KNOWN.iter().chain(&IGNORED).chain(&["env_file", "restart"]).copied().collect();
    let fields = at.fields(&keys)?;
    for key in IGNORED.iter().filter(|key| fields.get(key).is_some()) {
        notes.ignored.insert(format!("{}.{key}", at.path));
    }
    if let Some(at) = fields.get("credential_spec") {
        let what = "`credential_spec`, which is for Windows,".to_owned();
        return Err(at.problem(ProblemKind::Unsupported(what)));
    }
    let image = fields.need("image")?;
    if !is_image(image.text()?) {
        return Err(unset_in(
            image.bad(image.text()?, "an image such as nginx:1.26.3"),
            &image,
            cx,
        ));
    }
    let mut service = ServiceSpec { image: image.text()?.to_owned(), ..ServiceSpec::default() };
    process(&fields, cx, &mut service)?;
    attached(&fields, name, declared, notes, &mut service)?;
    service.healthcheck = fields.read("healthcheck", |at| health::healthcheck(at, notes))?;
    if let Some(at) = fields.get("deploy") {
        deploy::deploy(&at, &mut service)?;
    }
    if let Some(at) = fields.get("restart") {
        // `restart`, a key of `docker compose`, counts only without a `restart_policy`. `no` has no meaning to
        // Swarm.
        let own = policy::restart_key(&at)?;
        if service.restart.is_some() || own.is_none() {
            notes.ignored.insert(at.path.to_string());
        }
        service.restart = service.restart.or(own);
    }
    Ok(service)
}

/// Names the variables in the value at `at` that are not set.
fn unset_in(problem: Problem, at: &At<'_>, cx: &Context<'_>) -> Problem {
    let mut unset = BTreeSet::new();
    let raw = at.scalar("text").map(|scalar| interpolate(&scalar.raw, cx.env, &mut unset));
    let names: Vec<String> = unset.into_iter().collect();
    match (raw, names.as_slice()) {
        (Err(_), _) | (Ok(_), []) => problem,
        (Ok(_), [name]) => problem.hint(format!("{name} is not set")),
        (Ok(_), names) => problem.hint(format!("{} are not set", names.join(" and "))),
    }
}

/// `[host[:port]/]path[:tag][@digest]`, as the engine parses a reference.
fn is_image(text: &str) -> bool {
    let name_chars = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let part = |p: &str| p.starts_with(ends) && p.ends_with(ends) && p.chars().all(name_chars);
    let tag_chars = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let tag = |t: &str| {
        (1..=128).contains(&t.len()) && t.chars().all(tag_chars) && !t.starts_with(['.', '-'])
    };
    let (name, digest) = text.split_once('@').map_or((text, None), |(n, d)| (n, Some(d)));
    let whole = digest.is_none_or(|d| {
        d.split_once(':').is_some_and(|(a, hex)| {
            !a.is_empty() && hex.len() >= 32 && hex.chars().all(|c| c.is_ascii_hexdigit())
        })
    });
    let slash = name.rfind('/').map_or(0, |at| at + 1);
    let (repository, named) = match name[slash..].split_once(':') {
        Some((_, t)) => (&name[..name.len() - t.len() - 1], tag(t)),
        None => (name, true),
    };
    let is_host = |p: &str| p.contains(['.', ':']) || p == "localhost" || p != p.to_lowercase();
    let path = match repository.split_once('/') {
        Some((host, rest)) if is_host(host) => rest,
        _ => repository,
    };
    whole && named && path.split('/').all(part)
}

/// Reads the keys about the process in the container.
fn process(
    fields: &Fields<'_>,
    cx: &Context<'_>,
    service: &mut ServiceSpec,
) -> Result<(), Problem> {
    let texts = |key| Ok::<_, Problem>(fields.read(key, At::texts)?.unwrap_or_default());
    let many = |key| Ok::<_, Problem>(fields.read(key, At::text_or_texts)?.unwrap_or_default());
    let flag = |key| Ok::<_, Problem>(fields.read(key, At::flag)?.unwrap_or_default());
    let table = |key| Ok::<_, Problem>(fields.read(key, pairs::labels)?.unwrap_or_default());
    service.entrypoint = fields.read("entrypoint", command)?;
    service.command = fields.read("command", command)?;
    service.environment =
        fields.read("environment", |at| pairs::environment(at, cx.env))?.unwrap_or_default();
    service.container_labels = table("labels")?;
    service.hostname = fields.text("hostname")?;
    service.user = fields.text("user")?;
    service.working_dir = fields.text("working_dir")?;
    service.stop_grace_ns = fields.read("stop_grace_period", duration)?;
    service.stop_signal = fields.text("stop_signal")?;
    service.init = fields.read("init", At::flag)?;
    service.tty = flag("tty")?;
    service.stdin_open = flag("stdin_open")?;
    service.read_only = flag("read_only")?;
    service.cap_add = texts("cap_add")?;
    service.cap_drop = texts("cap_drop")?;
    service.sysctls = table("sysctls")?;
    service.ulimits = fields.read("ulimits", ulimits::ulimits)?.unwrap_or_default();
    service.hosts = fields.read("extra_hosts", hosts)?.unwrap_or_default();
    service.dns = many("dns")?;
    service.dns_search = many("dns_search")?;
    service.logging = fields.read("logging", |at| {
        let fields = at.fields(&["driver", "options"])?;
        let options = fields.read("options", pairs::labels)?.unwrap_or_default();
        Ok(Logging { driver: fields.text("driver")?.unwrap_or_default(), options })
    })?;
    Ok(())
}

/// Reads the keys about what the service is connected to.
fn attached(
    fields: &Fields<'_>,
    name: &str,
    declared: &Declared<'_>,
    notes: &mut Notes,
    service: &mut ServiceSpec,
) -> Result<(), Problem> {
    let volumes = |at: &At<'_>| mounts::mounts(at, &declared.volumes, notes);
    service.mounts = fields.read("volumes", volumes)?.unwrap_or_default();
    let secrets = |at: &At<'_>| refs::refs(at, "secret", &declared.secrets);
    service.secrets = fields.read("secrets", secrets)?.unwrap_or_default();
    let configs = |at: &At<'_>| refs::refs(at, "config", &declared.configs);
    service.configs = fields.read("configs", configs)?.unwrap_or_default();
    service.ports = fields.read("ports", |at| ports::ports(at, notes))?.unwrap_or_default();
    let networks = fields.get("networks");
    service.networks = attach::attachments(networks.as_ref(), name, &declared.networks)?;
    Ok(())
}

/// Further hosts, `name:address` or a mapping, as the engine wants them: `address name`.
fn hosts(at: &At<'_>) -> Result<Vec<String>, Problem> {
    if let crate::yaml::Value::Map(_) = &at.node.value {
        let line = |(name, _, at): (&str, _, At<'_>)| Ok(format!("{} {name}", at.text()?));
        return at.entries()?.into_iter().map(line).collect();
    }
    let line = |item: &At<'_>| {
        let text = item.text()?;
        let (name, address) =
            text.split_once(':').ok_or_else(|| item.bad(text, "a host such as name:10.0.0.1"))?;
        Ok(format!("{address} {name}"))
    };
    at.items()?.iter().map(line).collect()
}
