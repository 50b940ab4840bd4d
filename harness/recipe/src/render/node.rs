//! From the long form to what is printed: values without effect are left out.

use std::path::{Component, Path, PathBuf};

use super::value::Printed;
use crate::shape::{ATTACHMENT, Fields, MOUNT, NEWEST, PORT, REF, ROOT, Shape};
use crate::yaml::{Entry, Kind, Node, Value};

/// Prints a whole stack; paths of files become absolute, starting from `folder`.
pub(super) fn stack(root: &Node, folder: &Path) -> Printed {
    let mut entries = Vec::new();
    let version = match root.get("version").map(text).as_deref() {
        None | Some("" | "3") => format!("3.{NEWEST}"),
        Some(version) => version.to_owned(),
    };
    entries.push(("version".to_owned(), Printed::Text(version)));
    let print = Print { folder };
    for field in ROOT.keys.iter().filter(|field| field.key != "version") {
        let node = root.get(field.key);
        let section = node.and_then(|node| print.node(node, field.shape));
        match section {
            Some(section) => entries.push((field.key.to_owned(), section)),
            None if field.key == "services" => {
                entries.push((field.key.to_owned(), Printed::Map(Vec::new())));
            }
            None => {}
        }
    }
    extensions(root, &mut entries);
    Printed::Map(entries)
}

struct Print<'a> {
    folder: &'a Path,
}

impl Print<'_> {
    /// `None` for a value without effect.
    fn node(&self, node: &Node, shape: Shape) -> Option<Printed> {
        match shape {
            Shape::Text | Shape::Word(_) => some_text(node, ""),
            Shape::Duration => some_text(node, "0s"),
            Shape::Bytes => some_text(node, "0"),
            Shape::Pause => Some(Printed::Text(text(node))),
            Shape::Path => Some(Printed::Text(absolute(self.folder, &text(node)))),
            Shape::Flag => (text(node) == "true").then_some(Printed::Flag(true)),
            Shape::Choice => Some(Printed::Flag(text(node) == "true")),
            Shape::Number | Shape::Ratio if text(node) == "0" => None,
            Shape::Number | Shape::Count | Shape::Ratio => Some(scalar(node)),
            Shape::Texts
            | Shape::AnyTexts
            | Shape::TextOrTexts
            | Shape::TextsAndNumbers
            | Shape::Words
            | Shape::Test
            | Shape::Hosts => list(node, |item| Printed::Text(text(item))).unless_empty(),
            Shape::Pairs
            | Shape::Options
            | Shape::LooseOptions
            | Shape::Args
            | Shape::Environment => map(node, scalar).unless_empty(),
            Shape::Attachments => map(node, |node| match node.is_null() {
                true => Printed::Nothing,
                false => self.fields(node, &ATTACHMENT),
            })
            .unless_empty(),
            Shape::Ulimits => map(node, |limit| match &limit.value {
                Value::Map(_) => map(limit, scalar),
                Value::Scalar(_) | Value::List(_) => scalar(limit),
            })
            .unless_empty(),
            Shape::Ports => self.maps(node, &PORT),
            Shape::Mounts => list(node, |item| self.mount(item)).unless_empty(),
            Shape::Refs => self.maps(node, &REF),
            Shape::Maps(fields) => self.maps(node, fields),
            Shape::Map(fields) | Shape::Build(fields) => self.fields(node, fields).unless_empty(),
            Shape::Section(fields) | Shape::Logging(fields) => Some(self.fields(node, fields)),
            Shape::Objects(fields) => self.objects(node, fields).unless_empty(),
            Shape::Services(fields) => map(node, |node| self.fields(node, fields)).unless_empty(),
            Shape::External | Shape::Any => Some(anything(node)),
        }
    }

    /// A mount; a path of the recipe's own folder becomes absolute.
    fn mount(&self, node: &Node) -> Printed {
        let mut printed = self.fields(node, &MOUNT);
        if let Printed::Map(entries) = &mut printed
            && node.get("type").map(text).as_deref() == Some("bind")
            && let Some((_, Printed::Text(source))) = entries.iter_mut().find(|e| e.0 == "source")
            && source.starts_with('.')
        {
            *source = absolute(self.folder, source);
        }
        printed
    }

    fn maps(&self, node: &Node, fields: &Fields) -> Option<Printed> {
        list(node, |item| self.fields(item, fields)).unless_empty()
    }

    fn fields(&self, node: &Node, fields: &Fields) -> Printed {
        let mut entries = Vec::new();
        for field in fields.keys {
            if let Some(node) = node.get(field.key)
                && let Some(printed) = self.node(node, field.shape)
            {
                entries.push((field.key.to_owned(), printed));
            }
        }
        if fields.extensible && !fields.silent {
            extensions(node, &mut entries);
        }
        Printed::Map(entries)
    }

    /// Declared objects. What is external has a name, in the recipe or by its key.
    fn objects(&self, node: &Node, fields: &Fields) -> Printed {
        let Value::Map(entries) = &node.value else { return Printed::Map(Vec::new()) };
        let print = |entry: &Entry| {
            let node = &entry.node;
            let external = node.get("external");
            let older = external.and_then(|external| external.get("name")).map(text);
            let is_external = external.is_some_and(|node| match &node.value {
                Value::Map(_) => true,
                Value::Scalar(_) | Value::List(_) => text(node) == "true",
            });
            let Printed::Map(mut printed) = self.fields(node, fields) else {
                return (entry.key.to_string(), Printed::Nothing);
            };
            printed.retain(|(key, _)| key != "external");
            if is_external {
                let name = printed.iter().position(|(key, _)| key == "name");
                let own = name.map(|at| printed.remove(at).1);
                let default = || Printed::Text(older.unwrap_or_else(|| entry.key.to_string()));
                printed.insert(0, ("name".to_owned(), own.unwrap_or_else(default)));
                printed.insert(1, ("external".to_owned(), Printed::Flag(true)));
            }
            (entry.key.to_string(), Printed::Map(printed))
        };
        Printed::Map(entries.iter().map(print).collect())
    }
}

/// What begins with `x-` is printed as it stands.
fn extensions(node: &Node, entries: &mut Vec<(String, Printed)>) {
    if let Value::Map(own) = &node.value {
        let own = own.iter().filter(|entry| entry.key.starts_with("x-"));
        entries.extend(own.map(|entry| (entry.key.to_string(), anything(&entry.node))));
    }
}

fn anything(node: &Node) -> Printed {
    match &node.value {
        Value::Scalar(_) => scalar(node),
        Value::List(_) => list(node, anything),
        Value::Map(_) => map(node, anything),
    }
}

fn list(node: &Node, print: impl Fn(&Node) -> Printed) -> Printed {
    let Value::List(items) = &node.value else { return Printed::List(Vec::new()) };
    Printed::List(items.iter().map(print).collect())
}

fn map(node: &Node, print: impl Fn(&Node) -> Printed) -> Printed {
    let Value::Map(entries) = &node.value else { return Printed::Map(Vec::new()) };
    Printed::Map(entries.iter().map(|e| (e.key.to_string(), print(&e.node))).collect())
}

fn scalar(node: &Node) -> Printed {
    let Value::Scalar(scalar) = &node.value else { return Printed::Nothing };
    match scalar.kind() {
        Kind::Null => Printed::Nothing,
        Kind::Bool(flag) => Printed::Flag(flag),
        Kind::Int(number) => Printed::Number(number),
        Kind::Float(number) => Printed::Fraction(number),
        Kind::Date | Kind::Text => Printed::Text(scalar.text.to_string()),
    }
}

fn text(node: &Node) -> String {
    match &node.value {
        Value::Scalar(scalar) => scalar.text.to_string(),
        Value::List(_) | Value::Map(_) => String::new(),
    }
}

fn some_text(node: &Node, nothing: &str) -> Option<Printed> {
    let text = text(node);
    (!text.is_empty() && text != nothing).then_some(Printed::Text(text))
}

/// The path without `.` and `..` in it; nothing is looked up.
fn absolute(folder: &Path, path: &str) -> String {
    let mut whole = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(whole.pop()),
            part => whole.push(part),
        }
    }
    whole.display().to_string()
}
