//! Reads the files in a version's folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::listing::{is_compose, listing};
use super::types::{ComposeFile, Content, Files, Overlay, clean};
use crate::chain::Chain;
use crate::compose::{Context, Notes, build, read_inside};
use crate::env::{Sample, env_lines, interpolate_all};
use crate::resolve::{environment, text};
use crate::text::Source;
use crate::yaml::{Node, Value, load};
use crate::{EnvLine, Instance, Problem, ProblemKind, RecipeError};

/// Bytes of one file beside the compose files; Swarm takes no larger config.
const LIMIT: usize = 1_024_000 - 1;
/// The value of a setting that only an operator knows.
const PLACEHOLDER: &str = "set-by-operator";

impl Files {
    /// Reads the version in `folder` as `instance` would deploy it. What an operator has to fill
    /// in (`${X:?}`, secrets with `generate=false`) counts as filled in.
    #[must_use]
    pub fn read(folder: &Path, instance: &Instance<'_>) -> Self {
        let mut reader = Reader { folder, problems: Vec::new(), sources: Vec::new() };
        let listing = listing(folder);
        let sample = reader.lines(".env.sample", &listing);
        let abra = reader.lines("abra.sh", &listing);
        let named = named(sample.as_deref(), abra.as_deref());
        let sources = reader.compose_texts(&listing, &named);
        let settings = filled_in(instance, sample.as_deref(), abra.as_deref(), &sources);
        let instance = Instance { settings: &settings, ..*instance };
        let mut notes = Notes::default();
        let environment = environment(folder, &instance, &mut notes).unwrap_or_else(|error| {
            reader.note(error);
            Sample { env: settings.clone(), ..Sample::default() }
        });
        let mut files = Self {
            folder: folder.to_owned(),
            compose: Vec::new(),
            stack: None,
            ignored: BTreeSet::new(),
            overlays: Vec::new(),
            env: environment.env.clone(),
            problems: Vec::new(),
            contents: BTreeMap::new(),
            sources: Vec::new(),
            listing,
            sample,
            abra,
        };
        reader.compose(&mut files, &sources, &environment, &instance);
        reader.contents(&mut files);
        files.problems = reader.problems;
        files.sources = reader.sources;
        files.sources.extend(sources.into_values());
        files
    }
}

struct Reader<'a> {
    folder: &'a Path,
    problems: Vec<RecipeError>,
    /// What was read beside the contents of configs.
    sources: Vec<Arc<Source>>,
}

impl Reader<'_> {
    fn note(&mut self, error: RecipeError) {
        if !self.problems.contains(&error) {
            self.problems.push(error);
        }
    }

    /// The assignments of a file. The reader of the environment reports a file that cannot be read.
    fn lines(&mut self, name: &str, listing: &BTreeSet<String>) -> Option<Vec<EnvLine>> {
        let text = listing.contains(name).then(|| text(self.folder, name).ok()).flatten()?;
        let source = Source::new(name, text);
        let lines = env_lines(&source);
        self.sources.push(source);
        Some(lines)
    }

    /// The compose files beside `compose.yml`, and those in folders that `named` has.
    fn compose_texts(
        &mut self,
        listing: &BTreeSet<String>,
        named: &BTreeSet<String>,
    ) -> BTreeMap<String, Arc<Source>> {
        let mut texts = BTreeMap::new();
        for name in listing.iter().filter(|name| is_compose(name) || named.contains(*name)) {
            match text(self.folder, name) {
                Ok(text) => drop(texts.insert(name.clone(), Source::new(name.as_str(), text))),
                Err(error) => self.note(error),
            }
        }
        texts
    }

    fn compose(
        &mut self,
        files: &mut Files,
        sources: &BTreeMap<String, Arc<Source>>,
        sample: &Sample,
        instance: &Instance<'_>,
    ) {
        let chain = sample.env.get("COMPOSE_FILE").map(String::as_str).filter(|c| !c.is_empty());
        let chain: Vec<&str> = chain.unwrap_or("compose.yml").split(':').map(clean).collect();
        let mut whole = true;
        for name in chain.iter().filter(|name| !name.is_empty()) {
            let root = match sources.get(*name) {
                Some(source) => root(source, &sample.env),
                None => text(self.folder, name)
                    .and_then(|text| root(&Source::new(*name, text), &sample.env)),
            };
            match root {
                Ok(root) => {
                    let mut notes = Notes::default();
                    match lay(self.folder, &sample.env, files.stack.take(), &root, &mut notes) {
                        Ok(stack) => files.stack = Some(stack),
                        Err(problem) => {
                            whole = false;
                            self.note(problem.into());
                        }
                    }
                    let (name, ignored) = ((*name).to_owned(), notes.ignored);
                    files.compose.push(ComposeFile { name, root, in_chain: true, ignored });
                }
                Err(error) => {
                    whole = false;
                    self.note(error);
                }
            }
        }
        files.stack = files.stack.take().filter(|_| whole);
        if let Some(stack) = &files.stack {
            files.ignored = self.check(stack, &sample.env, sample, instance);
        }
        let env = switched_on(files, &sample.env);
        for (name, source) in sources.iter().filter(|(name, _)| !chain.contains(&name.as_str())) {
            match root(source, &env) {
                Ok(root) => {
                    let (base, mut notes) = (files.stack.clone(), Notes::default());
                    match base.map(|base| lay(self.folder, &env, Some(base), &root, &mut notes)) {
                        None => {}
                        Some(Ok(stack)) => {
                            let part = changed_part(files.stack.as_ref(), &root, &stack);
                            let part = part.as_ref().unwrap_or(&stack);
                            let ignored = self.check(part, &env, sample, instance);
                            let name = name.clone();
                            files.overlays.push(Overlay { name, stack, ignored });
                        }
                        Some(Err(problem)) => self.note(problem.into()),
                    }
                    let (name, ignored) = (name.clone(), notes.ignored);
                    files.compose.push(ComposeFile { name, root, in_chain: false, ignored });
                }
                Err(error) => self.note(error),
            }
        }
    }

    /// Notes what a deploy would refuse, and returns what Swarm would ignore. A service without image in an
    /// overlay may get it from another overlay, so it is not reported here.
    fn check(
        &mut self,
        stack: &Node,
        env: &BTreeMap<String, String>,
        sample: &Sample,
        instance: &Instance<'_>,
    ) -> BTreeSet<String> {
        let mut notes = Notes::default();
        let cx = Context {
            stack: instance.stack,
            env,
            modifiers: &sample.modifiers,
            settings: instance.settings,
            folder: self.folder,
            // Every file is looked at once, in `contents`, and not once for each overlay.
            contents: false,
        };
        if let Err(problem) = build(stack, &cx, &mut notes) {
            let no_image =
                matches!(&problem.kind, ProblemKind::MissingKey { key } if key == "image");
            if !no_image {
                self.note(problem.into());
            }
        }
        notes.ignored
    }

    /// Reads the README and what configs and secrets name, and notes what cannot be sent.
    fn contents(&mut self, files: &mut Files) {
        // A lint rule reports a missing README.
        let _ = self.content("README.md", files);
        let mut wanted = Vec::new();
        for section in ["configs", "secrets"] {
            for objects in files.compose.iter().filter_map(|file| file.root.get(section)) {
                let Value::Map(entries) = &objects.value else { continue };
                for entry in entries.iter() {
                    let Some(file) = entry.node.get("file") else { continue };
                    let Value::Scalar(scalar) = &file.value else { continue };
                    let key = format!("{section}.{}.file", entry.key);
                    wanted.push((key, scalar.text.to_string(), file.place.clone()));
                }
            }
        }
        for (key, path, place) in wanted {
            if let Err(defect) = self.content(clean(&path), files) {
                let kind = ProblemKind::File { path, defect };
                self.note(Problem::new(&place, key, kind).into());
            }
        }
    }

    fn content(&self, name: &str, files: &mut Files) -> Result<(), String> {
        if files.contents.contains_key(name) {
            return Ok(());
        }
        let bytes = read_inside(self.folder, name, LIMIT).map_err(|defect| defect.to_string())?;
        if bytes.is_empty() {
            return Err("is empty; Swarm refuses empty secrets and configs".to_owned());
        }
        let (text, raw) = match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let bytes = error.into_bytes();
                (String::from_utf8_lossy(&bytes).into_owned(), Some(bytes))
            }
        };
        let source = Source::new(name, text);
        files.contents.insert(name.to_owned(), Content { source, raw });
        Ok(())
    }
}

/// Lays a file on what there is already, in its long form.
fn lay(
    folder: &Path,
    env: &BTreeMap<String, String>,
    base: Option<Node>,
    root: &Node,
    notes: &mut Notes,
) -> Result<Node, Problem> {
    Chain { env, folder, notes, unset: &mut BTreeSet::new() }.lay(base, root)
}

/// The stack with those services only that the overlay `root` names: the others were looked at with
/// the chain. `None` where the overlay says something about what the other services use.
fn changed_part(base: Option<&Node>, root: &Node, stack: &Node) -> Option<Node> {
    let keys = |node: Option<&Node>, section: &str| -> BTreeSet<String> {
        match node.and_then(|node| node.get(section)).map(|node| &node.value) {
            Some(Value::Map(entries)) => {
                entries.iter().map(|entry| entry.key.to_string()).collect()
            }
            Some(Value::Scalar(_) | Value::List(_)) | None => BTreeSet::new(),
        }
    };
    let services = keys(Some(root), "services");
    let mut sections = ["networks", "volumes", "secrets", "configs"].iter();
    let redefines = sections.any(|s| !keys(base, s).is_disjoint(&keys(Some(root), s)));
    let Value::Map(entries) = &stack.value else { return None };
    if services.is_empty() || redefines {
        return None;
    }
    let mut part = Vec::clone(entries);
    let all = part.iter_mut().find(|entry| entry.is("services"))?;
    if let Value::Map(all) = &mut all.node.value {
        Arc::make_mut(all).retain(|entry| services.contains(&*entry.key));
    }
    Some(Node { place: stack.place.clone(), value: Value::map(part) })
}

/// The compose files that lines of `COMPOSE_FILE` name, switched on or not.
fn named(sample: Option<&[EnvLine]>, abra: Option<&[EnvLine]>) -> BTreeSet<String> {
    let lines = sample.into_iter().chain(abra).flatten();
    let chains = lines.filter(|line| line.name == "COMPOSE_FILE");
    chains.flat_map(|line| line.value.split(':')).map(|name| clean(name).to_owned()).collect()
}

fn root(source: &Arc<Source>, env: &BTreeMap<String, String>) -> Result<Node, RecipeError> {
    let root = load(source)?;
    Ok(interpolate_all(root, env, &mut BTreeSet::new())?)
}

/// The environment of an operator who has switched on what an overlay wants.
fn switched_on(files: &Files, env: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut env = env.clone();
    for line in files.sample.iter().flatten().filter(|line| line.commented_out) {
        if line.name != "COMPOSE_FILE" {
            env.entry(line.name.clone()).or_insert_with(|| line.value.clone());
        }
    }
    env
}

/// The instance's settings and a value for everything that only an operator knows.
fn filled_in(
    instance: &Instance<'_>,
    sample: Option<&[EnvLine]>,
    abra: Option<&[EnvLine]>,
    sources: &BTreeMap<String, Arc<Source>>,
) -> BTreeMap<String, String> {
    let mut settings = instance.settings.clone();
    let lines = || sample.into_iter().chain(abra).flatten();
    for line in lines().filter(|line| line.comment.contains("generate=false")) {
        if let Some(secret) = line.name.strip_suffix("_VERSION") {
            settings.entry(secret.to_owned()).or_insert_with(|| PLACEHOLDER.to_owned());
        }
    }
    for source in sources.values() {
        let text = &source.text;
        for (at, _) in text.match_indices("${") {
            let name = crate::env::name_at(&text[at + 2..]);
            let rest = text[at + 2 + name.len()..].trim_start_matches(':');
            let set =
                |line: &EnvLine| line.name == name && !line.commented_out && !line.value.is_empty();
            if rest.starts_with('?') && !lines().any(set) {
                settings.entry(name.to_owned()).or_insert_with(|| PLACEHOLDER.to_owned());
            }
        }
    }
    settings
}
