//! Declared secrets and configs.

use cc_ci_model::{ConfigSpec, FileContent, ObjectSource, SecretSpec};

use super::content::read_inside;
use super::networks::external;
use super::{Context, Notes, pairs};
use crate::yaml::{At, Fields, Problem, ProblemKind};

/// Longest name of a secret or config that Swarm takes.
const NAME: usize = 64;
/// Swarm's own limits: "data must be larger than 0 and less than 512000 (1024000) bytes".
const SECRET_BYTES: usize = 512_000 - 1;
const CONFIG_BYTES: usize = 1_024_000 - 1;
/// All of them together; a recipe has some kilobytes.
const ALL_BYTES: usize = 32 << 20;

const KEYS: [&str; 7] =
    ["name", "external", "file", "labels", "template_driver", "driver", "driver_opts"];

/// Reads one declared secret; `used` tells whether any service sees it. `None` for an external secret that no
/// service uses: the command line neither generates it nor asks for it.
pub(crate) fn secret(
    at: &At<'_>,
    key: &str,
    used: bool,
    cx: &Context<'_>,
    notes: &mut Notes,
) -> Result<Option<SecretSpec>, Problem> {
    let object = Object::read(at, key, cx, notes, "secret")?;
    if object.external && !used {
        return Ok(None);
    }
    object.check_name(at)?;
    let source = match object.external {
        false => object.content(at, cx, SECRET_BYTES, notes)?,
        true if !cx.contents => ObjectSource::External,
        true => match version_variable(&object.fields) {
            Some(variable) => made_up(at, key, &variable, cx, notes)?,
            None => ObjectSource::External,
        },
    };
    let Object { name, fields, .. } = object;
    Ok(Some(SecretSpec {
        name,
        source,
        template_driver: template_driver(&fields)?,
        labels: fields.read("labels", pairs::labels)?.unwrap_or_default(),
    }))
}

/// Reads one declared config.
pub(crate) fn config(
    at: &At<'_>,
    key: &str,
    cx: &Context<'_>,
    notes: &mut Notes,
) -> Result<ConfigSpec, Problem> {
    let object = Object::read(at, key, cx, notes, "config")?;
    object.check_name(at)?;
    let source = if object.external {
        ObjectSource::External
    } else {
        object.content(at, cx, CONFIG_BYTES, notes)?
    };
    let Object { name, fields, .. } = object;
    Ok(ConfigSpec {
        name,
        source,
        template_driver: template_driver(&fields)?,
        labels: fields.read("labels", pairs::labels)?.unwrap_or_default(),
    })
}

struct Object<'a> {
    fields: Fields<'a>,
    name: String,
    external: bool,
}

impl<'a> Object<'a> {
    fn read(
        at: &At<'a>,
        key: &str,
        cx: &Context<'_>,
        notes: &mut Notes,
        kind: &'static str,
    ) -> Result<Self, Problem> {
        let fields = at.fields(&KEYS)?;
        let (external, name) = external(&fields)?;
        if external {
            // Keys that say how to create an object have no effect on an external one.
            notes
                .ignored
                .extend(KEYS[2..].iter().filter_map(|key| Some(fields.get(key)?.path.to_string())));
        } else if let Some(at) = KEYS[5..].iter().find_map(|key| fields.get(key)) {
            let key = at.path.last_key();
            let what = format!("`{key}` of a {kind}");
            return Err(at.problem(ProblemKind::Unsupported(what)));
        }
        let name = name.unwrap_or_else(|| if external { key.to_owned() } else { cx.scoped(key) });
        Ok(Self { fields, name, external })
    }

    fn check_name(&self, at: &At<'a>) -> Result<(), Problem> {
        check_name(&self.fields.get("name").unwrap_or_else(|| at.clone()), &self.name)
    }

    fn content(
        &self,
        at: &At<'_>,
        cx: &Context<'_>,
        limit: usize,
        notes: &mut Notes,
    ) -> Result<ObjectSource, Problem> {
        let file = self.fields.need("file")?;
        let path = file.text()?.to_owned();
        if !cx.contents {
            return Ok(ObjectSource::External);
        }
        let refused = |defect| ProblemKind::File { path: path.clone(), defect };
        let bytes = read_inside(cx.folder, &path, limit)
            .map_err(|defect| file.problem(refused(defect.to_string())))?;
        notes.content_bytes += bytes.len();
        if notes.content_bytes > ALL_BYTES {
            let what = "size of all configs and secrets in bytes";
            return Err(file.problem(ProblemKind::Budget { what, limit: ALL_BYTES }));
        }
        if bytes.is_empty() {
            let defect = "is empty; Swarm refuses empty secrets and configs".to_owned();
            return Err(at.problem(refused(defect)));
        }
        Ok(ObjectSource::Content(FileContent { path, bytes }))
    }
}

/// Words of a passphrase: what the EFF advises for one that has to withstand a search.
const WORDS: u16 = 6;

/// Swarm takes names of 1 to 64 letters, digits, `-`, `_` and `.` that begin and end with a letter or digit. A
/// name that ends in `_` comes from a version that is not set.
fn check_name(at: &At<'_>, name: &str) -> Result<(), Problem> {
    let length = name.chars().count();
    if length > NAME {
        let kind = ProblemKind::LongName { name: name.to_owned(), length, limit: NAME };
        return Err(at.problem(kind).hint("shorten the key or its version"));
    }
    let ends = |c: char| c.is_ascii_alphanumeric();
    let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.starts_with(ends) && name.ends_with(ends) && name.chars().all(inner) {
        return Ok(());
    }
    let problem = at.bad(name, "a name of letters, digits, '-', '_' and '.'");
    Err(if name.ends_with('_') {
        problem.hint("its version is empty: set it in .env.sample (secrets) or abra.sh (configs)")
    } else {
        problem
    })
}

/// The variable in the name of a secret that holds its version, as `SECRET_DB_PASSWORD_VERSION`.
fn version_variable(fields: &Fields<'_>) -> Option<String> {
    let name = fields.get("name")?;
    let raw = &name.scalar("text").ok()?.raw;
    let start = raw.match_indices("SECRET_").map(|(at, _)| at).find(|at| {
        let before = &raw[..*at];
        before.ends_with("${") || before.ends_with('$')
    })?;
    let rest = &raw[start..];
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    Some(rest[..end].to_owned())
}

/// A secret that abra would make up, or whose value an operator would insert.
fn made_up(
    at: &At<'_>,
    key: &str,
    variable: &str,
    cx: &Context<'_>,
    notes: &mut Notes,
) -> Result<ObjectSource, Problem> {
    let setting = variable.strip_suffix("_VERSION").unwrap_or(variable);
    if setting != variable
        && let Some(value) = cx.settings.get(setting).filter(|value| !value.is_empty())
    {
        notes.secret_settings.insert(setting.to_owned());
        let path = format!("settings.{setting}");
        return Ok(ObjectSource::Content(FileContent { path, bytes: value.clone().into_bytes() }));
    }
    let modifier = cx.modifiers.get(variable).cloned().unwrap_or_default();
    if !modifier.generate {
        let hint = format!("set {setting} under [settings] of the recipe's suite");
        let kind = ProblemKind::NoSecretValue { name: key.to_owned() };
        return Err(at.problem(kind).hint(hint));
    }
    Ok(match modifier.length {
        Some(length) => ObjectSource::Generate { length, charset: modifier.charset },
        None => ObjectSource::Passphrase { words: WORDS },
    })
}

fn template_driver(fields: &Fields<'_>) -> Result<Option<String>, Problem> {
    fields.read("template_driver", |at| match at.text()? {
        "golang" => Ok("golang".to_owned()),
        other => Err(at.bad(other, "golang, the only driver there is")),
    })
}
