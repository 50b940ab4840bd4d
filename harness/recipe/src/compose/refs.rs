//! Secrets and configs as a service sees them.

use cc_ci_model::FileRef;

use crate::yaml::{At, Problem, ProblemKind, Value};

/// Reads the list of secrets or configs (`kind`) of a service.
pub(crate) fn refs(
    at: &At<'_>,
    kind: &'static str,
    declared: &[&str],
) -> Result<Vec<FileRef>, Problem> {
    let mut refs = Vec::new();
    for item in at.items()? {
        let file = match &item.node.value {
            Value::Scalar(_) => plain(item.text()?),
            Value::Map(_) => long(&item)?,
            Value::List(_) => return Err(item.expected("a name or a mapping with `source`")),
        };
        if !declared.contains(&file.source.as_str()) {
            let near = crate::nearest(&file.source, declared.iter().copied()).map(str::to_owned);
            let kind = ProblemKind::Undeclared { kind, name: file.source, near };
            return Err(item.problem(kind));
        }
        refs.push(file);
    }
    Ok(refs)
}

/// The defaults of `docker stack deploy`: owned by root, readable by all users.
fn plain(source: &str) -> FileRef {
    let root = || "0".to_owned();
    FileRef {
        source: source.to_owned(),
        target: source.to_owned(),
        uid: root(),
        gid: root(),
        mode: 0o444,
    }
}

fn long(at: &At<'_>) -> Result<FileRef, Problem> {
    let fields = at.fields(&["source", "target", "uid", "gid", "mode"])?;
    let mut file = plain(fields.need("source")?.text()?);
    if let Some(target) = fields.text("target")? {
        file.target = target;
    }
    let id = |at: &At<'_>| at.word()?.ok_or_else(|| at.expected("a numeric id in quotes"));
    if let Some(uid) = fields.read("uid", id)? {
        file.uid = uid;
    }
    if let Some(gid) = fields.read("gid", id)? {
        file.gid = gid;
    }
    if let Some(mode) = fields.get("mode") {
        file.mode = mode.int("a file mode such as 0444")?;
        if file.mode > 0o7777 {
            let hint = "octal modes begin with 0, as in 0555";
            return Err(mode.bad(&file.mode.to_string(), "a file mode such as 0444").hint(hint));
        }
    }
    Ok(file)
}
