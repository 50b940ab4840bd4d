//! Mounts of a service.

use cc_ci_model::{MountSpec, MountType};

use super::Notes;
use crate::yaml::{At, Problem, ProblemKind, Value};

/// Reads the list of mounts; `declared` tells whether the file declares a named volume.
pub(crate) fn mounts(
    at: &At<'_>,
    declared: &[&str],
    notes: &mut Notes,
) -> Result<Vec<MountSpec>, Problem> {
    let mut mounts = Vec::new();
    for item in at.items()? {
        let mount = match &item.node.value {
            Value::Map(_) => long(&item, notes)?,
            Value::Scalar(_) | Value::List(_) => one(&item)?,
        };
        let named = mount.kind == MountType::Volume && !mount.source.is_empty();
        if named && !declared.contains(&mount.source.as_str()) {
            let near = crate::nearest(&mount.source, declared.iter().copied()).map(str::to_owned);
            let kind = ProblemKind::Undeclared { kind: "volume", name: mount.source, near };
            return Err(item.problem(kind));
        }
        if mount.kind == MountType::Bind {
            on_the_node(&item, &mount.source)?;
        }
        if !mount.target.starts_with('/') {
            return Err(item.bad(&mount.target, "an absolute path in the container"));
        }
        mounts.push(mount);
    }
    Ok(mounts)
}

/// Reads one mount in its short form.
pub(crate) fn one(at: &At<'_>) -> Result<MountSpec, Problem> {
    match &at.node.value {
        Value::Scalar(_) => short(at, at.text()?),
        Value::List(_) | Value::Map(_) => Err(at.expected("a mount such as data:/data")),
    }
}

fn short(at: &At<'_>, text: &str) -> Result<MountSpec, Problem> {
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target, options) = match parts.as_slice() {
        [target] => ("", *target, ""),
        [source, target] => (*source, *target, ""),
        [source, target, options] => (*source, *target, *options),
        _ => return Err(at.bad(text, "a mount such as data:/data or data:/data:ro")),
    };
    if text.is_empty() || (parts.len() > 1 && (source.is_empty() || target.is_empty())) {
        return Err(at.bad(text, "a mount such as data:/data"));
    }
    if source.len() == 1 && source.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let what = "a short mount of a volume whose name is one letter".to_owned();
        let hint = "Docker takes the letter for a drive of Windows; use the long form";
        return Err(at.problem(ProblemKind::Unsupported(what)).hint(hint));
    }
    let kind = match source.starts_with(['/', '.', '~']) {
        true => MountType::Bind,
        false => MountType::Volume,
    };
    let mut mount = MountSpec {
        kind,
        source: source.to_owned(),
        target: target.to_owned(),
        ..MountSpec::default()
    };
    for option in options.split(',').filter(|option| !option.is_empty()) {
        match option {
            "ro" => mount.read_only = true,
            "rw" | "z" | "Z" | "consistent" | "cached" | "delegated" => {}
            "nocopy" => mount.no_copy = true,
            _ if propagation(option) => mount.propagation = Some(option.to_owned()),
            _ => return Err(at.bad(option, "a mount option: ro, rw, nocopy or a propagation")),
        }
    }
    Ok(mount)
}

/// Refuses paths that other nodes do not have: in the home folder of the deploying user, or relative to the
/// recipe.
fn on_the_node(at: &At<'_>, source: &str) -> Result<(), Problem> {
    let at = at.node.get("source").map_or_else(|| at.clone(), |node| at.child("source", node));
    let (what, hint) = if source.starts_with('/') {
        return Ok(());
    } else if source.starts_with('~') {
        let what = "a mount from the home folder of the user who deploys";
        (what, "name the folder on the node, or use a volume")
    } else if source.starts_with('.') {
        let what = "a mount of a path relative to the recipe";
        (what, "no other node has the recipe's files; use a config")
    } else {
        return Err(at.bad(source, "an absolute path on the node"));
    };
    Err(at.problem(ProblemKind::Unsupported(what.to_owned())).hint(hint))
}

fn propagation(word: &str) -> bool {
    matches!(word, "private" | "rprivate" | "shared" | "rshared" | "slave" | "rslave")
}

fn long(at: &At<'_>, notes: &mut Notes) -> Result<MountSpec, Problem> {
    let fields = at.fields(&[
        "type",
        "source",
        "target",
        "read_only",
        "consistency",
        "bind",
        "volume",
        "tmpfs",
    ])?;
    let need = fields.need("type")?;
    let kind = match need.text()? {
        "volume" => MountType::Volume,
        "bind" => MountType::Bind,
        "tmpfs" => MountType::Tmpfs,
        other => return Err(need.bad(other, "volume, bind or tmpfs")),
    };
    let source = fields.text("source")?.unwrap_or_default();
    if kind == MountType::Bind {
        fields.need("source")?;
    }
    if kind == MountType::Tmpfs && !source.is_empty() {
        let what = "a tmpfs mount has no source".to_owned();
        return Err(at.problem(ProblemKind::Conflict(what)));
    }
    let mut mount = MountSpec {
        kind,
        source,
        target: fields.need("target")?.text()?.to_owned(),
        read_only: fields.read("read_only", At::flag)?.unwrap_or_default(),
        ..MountSpec::default()
    };
    if let Some(bind) = fields.get("bind") {
        mount.propagation = bind.fields(&["propagation"])?.read("propagation", |at| {
            let word = at.text()?;
            if propagation(word) { Ok(word.to_owned()) } else { Err(at.bad(word, "a propagation")) }
        })?;
    }
    if let Some(volume) = fields.get("volume") {
        let nocopy = volume.fields(&["nocopy"])?.read("nocopy", At::flag)?;
        mount.no_copy = nocopy.unwrap_or_default();
    }
    if let Some(tmpfs) = fields.get("tmpfs") {
        let fields = tmpfs.fields(&["size", "mode"])?;
        mount.tmpfs_bytes = fields.read("size", |at| at.int("a number of bytes"))?;
        // `docker stack deploy` takes the mode and does not pass it on.
        notes.ignored.extend(fields.get("mode").map(|at| at.path.to_string()));
    }
    Ok(mount)
}
