//! A whole compose file.

use std::collections::{BTreeMap, BTreeSet};

use cc_ci_model::{MountType, StackSpec};

use super::service::{Declared, service};
use crate::Place;

use super::keys::{check_key, check_name};
use super::{Context, Notes, networks, objects, volumes};
use crate::yaml::{At, Fields, Node, Problem, ProblemKind, Trail};

/// Reads a compose file whose references are replaced already.
pub(crate) fn build(
    root: &Node,
    cx: &Context<'_>,
    notes: &mut Notes,
) -> Result<StackSpec, Problem> {
    let file = At::root(root)
        .fields(&["version", "name", "services", "networks", "volumes", "secrets", "configs"])?;
    // The version is not used, since the keys were checked against it already. It has to be text.
    file.read("version", |at| at.text().map(drop))?;
    if let Some(at) = file.get("name") {
        notes.ignored.insert(at.path.to_string());
    }
    let declared = Declared {
        networks: names(&file, "networks")?,
        volumes: names(&file, "volumes")?,
        secrets: names(&file, "secrets")?,
        configs: names(&file, "configs")?,
    };
    let mut spec = StackSpec {
        name: cx.stack.clone(),
        services: BTreeMap::new(),
        networks: BTreeMap::new(),
        volumes: BTreeMap::new(),
        secrets: BTreeMap::new(),
        configs: BTreeMap::new(),
    };
    for (name, place, at) in file.need("services")?.entries()? {
        if !service_name(name) {
            let (value, expected) = (name.to_owned(), "a service name".to_owned());
            let kind = ProblemKind::BadValue { value, expected };
            let hint = "letters, digits, '-', '_' and '.'";
            return Err(Problem::new(place, at.path.to_string(), kind).hint(hint));
        }
        check_key(name, place, &at.path)?;
        long_name(cx.scoped(name), place, &at.path)?;
        spec.services.insert(name.to_owned(), service(&at, name, &declared, cx, notes)?);
    }
    if spec.services.is_empty() {
        let what = "a stack has at least one service".to_owned();
        return Err(file.need("services")?.problem(ProblemKind::Conflict(what)));
    }
    objects_of(&file, cx, notes, &mut spec)?;
    Ok(spec)
}

/// Networks and secrets that no service uses are left out, as the command line does it.
fn objects_of(
    file: &Fields<'_>,
    cx: &Context<'_>,
    notes: &mut Notes,
    spec: &mut StackSpec,
) -> Result<(), Problem> {
    let services = || spec.services.values();
    let joined: BTreeSet<String> =
        services().flat_map(|s| &s.networks).map(|a| a.network.clone()).collect();
    let seen: BTreeSet<String> =
        services().flat_map(|s| &s.secrets).map(|f| f.source.clone()).collect();
    let mounted: BTreeSet<String> = services()
        .flat_map(|s| &s.mounts)
        .filter(|m| m.kind == MountType::Volume)
        .map(|m| m.source.clone())
        .collect();
    for (key, at) in declared(file, "networks")? {
        let network = networks::network(&at, key, cx, notes)?;
        check_name(&at, &network.name)?;
        if joined.contains(key) {
            spec.networks.insert(key.to_owned(), network);
        }
    }
    without_aliases(spec);
    if joined.contains(super::attach::DEFAULT) {
        let default = super::attach::DEFAULT.to_owned();
        spec.networks.entry(default).or_insert_with(|| networks::default(cx));
    }
    for (key, at) in declared(file, "volumes")? {
        let volume = volumes::volume(&at, key, cx)?;
        check_name(&at, &volume.name)?;
        if mounted.contains(key) {
            spec.volumes.insert(key.to_owned(), volume);
        }
    }
    for (key, at) in declared(file, "secrets")? {
        if let Some(secret) = objects::secret(&at, key, seen.contains(key), cx, notes)? {
            spec.secrets.insert(key.to_owned(), secret);
        }
    }
    for (key, at) in declared(file, "configs")? {
        spec.configs.insert(key.to_owned(), objects::config(&at, key, cx, notes)?);
    }
    Ok(())
}

/// The engine's own networks know no aliases, and the command line adds none there.
fn without_aliases(spec: &mut StackSpec) {
    const OWN: [&str; 4] = ["host", "bridge", "none", "default"];
    let networks = &spec.networks;
    let own = |key: &str| networks.get(key).is_some_and(|net| OWN.contains(&net.name.as_str()));
    for service in spec.services.values_mut() {
        // The service's own name is the last alias; those before are the recipe's.
        for joined in service.networks.iter_mut().filter(|joined| own(&joined.network)) {
            joined.aliases.pop();
        }
    }
}

fn declared<'a>(file: &Fields<'a>, key: &str) -> Result<Vec<(&'a str, At<'a>)>, Problem> {
    let entries = file.read(key, At::entries)?.unwrap_or_default();
    for (name, place, at) in &entries {
        check_key(name, place, &at.path)?;
    }
    Ok(entries.into_iter().map(|(name, _, at)| (name, at)).collect())
}

fn names<'a>(file: &Fields<'a>, key: &str) -> Result<Vec<&'a str>, Problem> {
    Ok(declared(file, key)?.into_iter().map(|(name, _)| name).collect())
}

/// The name of a service is a label of DNS.
fn long_name(name: String, place: &Place, path: &Trail<'_>) -> Result<(), Problem> {
    const LIMIT: usize = 63;
    let length = name.chars().count();
    if length <= LIMIT {
        return Ok(());
    }
    let kind = ProblemKind::LongName { name, length, limit: LIMIT };
    Err(Problem::new(place, path.to_string(), kind).hint("shorten the key"))
}

fn service_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}
