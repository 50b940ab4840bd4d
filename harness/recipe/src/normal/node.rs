//! The long form of whole mappings.

use std::collections::BTreeMap;
use std::path::Path;

use super::env_file::env_file;
use super::make::{entry, list, map, text};
use super::{leaf, lists, names};
use crate::compose::{Notes, inside, networks};
use crate::nearest;
use crate::shape::{Fields, NEWEST, ROOT, Shape, Since, version};
use crate::yaml::{At, Budget, Entry, Node, Problem, ProblemKind, Value};

/// What is known while one file is brought into its long form.
#[derive(Debug)]
pub(crate) struct Normal<'a> {
    /// The version that the file names.
    version: Since,
    /// The instance's environment.
    env: &'a BTreeMap<String, String>,
    /// The folder of the file.
    folder: &'a Path,
    pub(super) notes: &'a mut Notes,
    /// Text that environments may still grow by.
    budget: Budget,
    /// Published ports that the file may still have.
    pub(super) ports_left: usize,
}

/// Published ports of one file, ranges written out: more than any range of voice servers, and few
/// enough that a list of wide ranges cannot fill the memory.
pub(super) const PORTS: usize = 20_000;

/// Brings a whole file, its references replaced, into its long form.
pub(crate) fn normal(
    root: &Node,
    env: &BTreeMap<String, String>,
    folder: &Path,
    notes: &mut Notes,
) -> Result<Node, Problem> {
    let at = At::root(root);
    let version = match root.get("version") {
        None => NEWEST,
        Some(node) => version(&at.child("version", node))?,
    };
    Normal { version, env, folder, notes, budget: Budget::new(), ports_left: PORTS }
        .fields(&at, &ROOT)
}

impl Normal<'_> {
    /// A mapping with known keys.
    pub(super) fn fields(&mut self, at: &At<'_>, fields: &Fields) -> Result<Node, Problem> {
        if fields.nullable && at.node.is_null() {
            return Ok(at.node.clone());
        }
        if fields.since > self.version {
            let kind = ProblemKind::NewerKey { since: fields.since, version: self.version };
            return Err(at.problem(kind));
        }
        let mut entries = Vec::new();
        for (entry, child) in at.children()? {
            let (key, place) = (&*entry.key, &entry.place);
            let Some(field) = fields.get(key) else {
                if fields.extensible && key.starts_with("x-") {
                    if fields.extensible_since > self.version {
                        let (since, version) = (fields.extensible_since, self.version);
                        let kind = ProblemKind::NewerKey { since, version };
                        return Err(Problem::new(place, child.path.to_string(), kind));
                    }
                    entries.push(entry.clone());
                } else if !fields.lenient {
                    let near = nearest(key, fields.keys.iter().map(|field| field.key));
                    let kind = ProblemKind::UnknownKey { near: near.map(str::to_owned) };
                    return Err(Problem::new(place, child.path.to_string(), kind));
                }
                continue;
            };
            if field.since > self.version {
                let kind = ProblemKind::NewerKey { since: field.since, version: self.version };
                return Err(Problem::new(place, child.path.to_string(), kind));
            }
            let node = self.node(&child, field.shape)?;
            entries.push(entry.with(node));
        }
        // The keys of a service, and of nothing else.
        if let Some(key) = fields.needed.iter().find(|key| at.node.get(key).is_none()) {
            let key = (*key).to_owned();
            return Err(at.problem(ProblemKind::MissingKey { key }));
        }
        if fields.get("env_file").is_some() {
            self.environment(at, &mut entries)?;
        }
        Ok(map(&at.node.place, entries))
    }

    fn node(&mut self, at: &At<'_>, shape: Shape) -> Result<Node, Problem> {
        match shape {
            // The node itself: its text before interpolation still tells where a name comes from.
            Shape::Text => at.text().map(|_| at.node.clone()),
            Shape::Word(words) => match at.text()? {
                word if words.contains(&word) => Ok(at.node.clone()),
                other => Err(at.bad(other, &words.join(" or "))),
            },
            Shape::Path => path(at),
            Shape::Flag => leaf::flag(at),
            Shape::Choice => leaf::choice(at),
            Shape::Number | Shape::Count => leaf::number(at),
            Shape::Ratio => leaf::ratio(at),
            Shape::Duration | Shape::Pause => leaf::time(at),
            Shape::Bytes => leaf::size(at),
            Shape::Texts => lists::texts(at, true),
            Shape::AnyTexts => lists::texts(at, false),
            Shape::TextOrTexts => lists::text_or_texts(at),
            Shape::TextsAndNumbers => lists::texts_and_numbers(at),
            Shape::Words => lists::words(at),
            Shape::Test => lists::test(at),
            Shape::Pairs => names::labels(at),
            Shape::Options => names::options(at, false),
            Shape::LooseOptions => names::options(at, true),
            Shape::Args | Shape::Environment => names::args(at),
            Shape::Hosts => names::hosts(at),
            Shape::Attachments => self.attachments(at),
            Shape::Ulimits => self.ulimits(at),
            Shape::Ports => self.ports(at),
            Shape::Mounts => self.mounts(at),
            Shape::Refs => self.refs(at),
            Shape::Map(fields) | Shape::Section(fields) | Shape::Logging(fields) => {
                self.fields(at, fields)
            }
            Shape::Build(fields) => match &at.node.value {
                Value::Scalar(_) => {
                    let context = text(&at.node.place, at.text()?);
                    Ok(map(&at.node.place, vec![entry("context", context)]))
                }
                Value::List(_) | Value::Map(_) => self.fields(at, fields),
            },
            Shape::Maps(fields) => {
                let items = at.items()?;
                let nodes = items.iter().map(|item| self.fields(item, fields));
                Ok(list(&at.node.place, nodes.collect::<Result<_, _>>()?))
            }
            Shape::Objects(fields) => self.each(at, |normal, at| {
                external(at, fields)?;
                normal.fields(at, fields)
            }),
            Shape::Services(fields) => {
                for (name, place, at) in at.entries()? {
                    check_name(name, place, &at)?;
                }
                self.each(at, |normal, at| normal.fields(at, fields))
            }
            Shape::External => match &at.node.value {
                Value::Map(_) => {
                    at.fields(&["name"])?.text("name")?;
                    Ok(at.node.clone())
                }
                Value::Scalar(_) | Value::List(_) => leaf::flag(at),
            },
            Shape::Any => Ok(at.node.clone()),
        }
    }

    /// A mapping from names of the recipe's own.
    pub(super) fn each(
        &mut self,
        at: &At<'_>,
        mut read: impl FnMut(&mut Self, &At<'_>) -> Result<Node, Problem>,
    ) -> Result<Node, Problem> {
        let entries = at.children()?.map(|(entry, at)| Ok(entry.with(read(self, &at)?)));
        Ok(map(&at.node.place, entries.collect::<Result<_, Problem>>()?))
    }

    /// What the service's `env_file` says, then what its `environment` says; what is empty is
    /// taken from the instance's environment, if that has it.
    fn environment(&mut self, at: &At<'_>, entries: &mut Vec<Entry>) -> Result<(), Problem> {
        let mut whole: Vec<Entry> = Vec::new();
        if let Some(files) = entries.iter().find(|entry| entry.is("env_file")) {
            for file in at.child("env_file", &files.node).items()? {
                for entry in env_file(&file, self.folder, self.env)? {
                    self.budget.take(1, &file.node.place)?;
                    self.budget.text(entry.node.bytes(), &file.node.place)?;
                    whole.retain(|earlier| earlier.key != entry.key);
                    whole.push(entry);
                }
            }
        }
        let own = entries.iter().position(|entry| entry.is("environment"));
        if let Some(Value::Map(own)) = own.map(|own| &entries[own].node.value) {
            for entry in own.iter() {
                whole.retain(|earlier| earlier.key != entry.key);
                whole.push(entry.clone());
            }
        }
        for entry in &mut whole {
            let empty = matches!(&entry.node.value, Value::Scalar(s) if s.text.is_empty());
            if let Some(value) = self.env.get(&*entry.key).filter(|_| empty) {
                self.budget.text(value.len(), &entry.place)?;
                entry.node = text(&entry.node.place, value.as_str());
            }
        }
        let place = own.map_or(&at.node.place, |own| &entries[own].node.place);
        let node = map(place, whole);
        match own {
            Some(own) => entries[own].node = node,
            None if node.count() > 1 => entries.push(entry("environment", node)),
            None => {}
        }
        Ok(())
    }
}

/// Refuses what contradicts `external`.
fn external(at: &At<'_>, fields: &Fields) -> Result<(), Problem> {
    let Value::Map(_) = &at.node.value else { return Ok(()) };
    let keys: Vec<&str> = fields.keys.iter().map(|field| field.key).collect();
    let at = at.fields(&keys)?;
    let (external, _) = networks::external(&at)?;
    for key in fields.not_external.iter().filter(|_| external) {
        networks::refuse_with_external(&at, key)?;
    }
    Ok(())
}

fn check_name(name: &str, place: &crate::Place, at: &At<'_>) -> Result<(), Problem> {
    if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        return Ok(());
    }
    let (value, expected) = (name.to_owned(), "a service name".to_owned());
    let kind = ProblemKind::BadValue { value, expected };
    Err(Problem::new(place, at.path.to_string(), kind).hint("letters, digits, '-', '_' and '.'"))
}

/// The path of a file of the recipe. A path that leaves the recipe is refused here, before the file is looked
/// for.
fn path(at: &At<'_>) -> Result<Node, Problem> {
    let path = at.text()?;
    inside(path).map_err(|defect| {
        at.problem(ProblemKind::File { path: path.to_owned(), defect: defect.to_owned() })
    })?;
    Ok(at.node.clone())
}
