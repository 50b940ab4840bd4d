//! From the files of a version to the stack that is asked of the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use cc_ci_model::{StackName, StackSpec};

use crate::compose::{Context, Notes, build, merge, read_inside};
use crate::env::{Sample, interpolate_sections, read_abra, read_sample};
use crate::text::Source;
use crate::yaml::{Node, load};
use crate::{FileDefect, RecipeError};

/// The service that gets the whole environment of the app.
const APP: &str = "app";

/// The copy of a recipe that is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Instance<'a> {
    /// The stack's name.
    pub stack: &'a StackName,
    /// The domain under which it is to serve.
    pub domain: &'a str,
    /// The suite's settings; they win over `.env.sample` and `abra.sh`.
    pub settings: &'a BTreeMap<String, String>,
}

/// A version of a recipe, resolved for one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The stack. Images are those of the recipe, not yet substituted; the backup labels stay in
    /// the services' labels.
    pub spec: StackSpec,
    /// The app's environment. Values of secrets are not in it.
    pub env: BTreeMap<String, String>,
    /// The images of all services as the recipe names them, sorted, each once.
    pub images: Vec<String>,
    /// Keys that Swarm ignores, with their path, sorted, each once.
    pub ignored: Vec<String>,
    /// Variables that the compose files use, that have no default and that nobody sets, sorted.
    pub unset: Vec<String>,
}

pub(crate) fn resolve(folder: &Path, instance: &Instance<'_>) -> Result<Resolved, RecipeError> {
    let mut notes = Notes::default();
    let Sample { mut env, modifiers } = environment(folder, instance, &mut notes)?;
    let mut unset = BTreeSet::new();
    let root = compose(folder, &env, &mut unset)?;
    let cx = Context {
        stack: instance.stack,
        env: &env,
        modifiers: &modifiers,
        settings: instance.settings,
        folder,
    };
    let mut spec = build(&root, &cx, &mut notes)?;
    env.retain(|name, _| !notes.secret_settings.contains(name));
    if let Some(app) = spec.services.get_mut(APP) {
        for (name, value) in &env {
            app.environment.entry(name.clone()).or_insert_with(|| Some(value.clone()));
        }
    }
    let images: BTreeSet<String> = spec.services.values().map(|s| s.image.clone()).collect();
    Ok(Resolved {
        spec,
        env,
        images: images.into_iter().collect(),
        ignored: notes.ignored.into_iter().collect(),
        unset: unset.into_iter().collect(),
    })
}

/// `.env.sample`, then `abra.sh`, then what the instance says.
fn environment(
    folder: &Path,
    instance: &Instance<'_>,
    notes: &mut Notes,
) -> Result<Sample, RecipeError> {
    let mut pinned = instance.settings.clone();
    // The edge has one certificate and no ACME; an empty name is no resolver. A sample's
    // `production` would be one that does not exist.
    pinned.entry("LETS_ENCRYPT_ENV".to_owned()).or_default();
    pinned.insert("STACK_NAME".to_owned(), instance.stack.to_string());
    pinned.insert("DOMAIN".to_owned(), instance.domain.to_owned());
    let mut sample = match source(folder, ".env.sample")? {
        Some(source) => read_sample(&source, &pinned)?,
        None => Sample { env: pinned.clone(), ..Sample::default() },
    };
    if let Some(source) = source(folder, "abra.sh")? {
        let abra = read_abra(&source)?;
        notes.ignored.extend(abra.ignored);
        sample.env.extend(abra.env.into_iter().filter(|(name, _)| !pinned.contains_key(name)));
    }
    Ok(sample)
}

/// The files that `COMPOSE_FILE` names, merged; `compose.yml` where it names none.
fn compose(
    folder: &Path,
    env: &BTreeMap<String, String>,
    unset: &mut BTreeSet<String>,
) -> Result<Node, RecipeError> {
    let chain = env.get("COMPOSE_FILE").map(String::as_str).filter(|chain| !chain.is_empty());
    let mut whole: Option<Node> = None;
    for name in chain.unwrap_or("compose.yml").split(':').filter(|name| !name.is_empty()) {
        let path = folder.join(name).display().to_string();
        let root = load(&Source::new(path, text(folder, name)?))?;
        let root = interpolate_sections(&root, env, unset)?;
        whole = Some(match whole {
            None => root,
            Some(base) => merge(base, root),
        });
    }
    whole.ok_or_else(|| RecipeError::File {
        path: folder.join("compose.yml"),
        defect: FileDefect::Unusable(
            "is not named by COMPOSE_FILE, which names nothing".to_owned(),
        ),
    })
}

/// One byte more than the reader takes, so that it is the reader who refuses.
const MAX_BYTES: usize = (1 << 20) + 1;

/// A file that a recipe may or may not have. A link that leads out of the recipe is refused like
/// any other: an error message would show what it leads to.
fn source(folder: &Path, name: &str) -> Result<Option<Arc<Source>>, RecipeError> {
    let path = folder.join(name);
    if fs::symlink_metadata(&path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        return Ok(None);
    }
    text(folder, name).map(|text| Some(Source::new(path.display().to_string(), text)))
}

fn text(folder: &Path, name: &str) -> Result<String, RecipeError> {
    let unusable = |defect| RecipeError::File {
        path: folder.join(name),
        defect: FileDefect::Unusable(defect),
    };
    let bytes = read_inside(folder, name, MAX_BYTES).map_err(unusable)?;
    String::from_utf8(bytes).map_err(|_| unusable("is not UTF-8".to_owned()))
}
