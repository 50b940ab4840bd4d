//! The whole stack.

use cc_ci_recipe::{ComposeFile, Entry, Files, Node, Place, Value};

use super::Service;
use super::service::Parts;

/// A merged compose file, its services taken apart once for all rules.
#[derive(Debug, Clone)]
pub(crate) struct Stack<'a> {
    /// The files it is made of.
    pub(crate) files: &'a Files,
    /// The overlay that is laid on the chain, if any.
    pub(crate) overlay: Option<&'a str>,
    /// The merged file.
    pub(crate) root: &'a Node,
    services: Vec<Parts<'a>>,
    /// The services that the overlay names; `None` where all count.
    changed: Option<Vec<&'a str>>,
}

impl<'a> Stack<'a> {
    /// The stack as it is deployed by default.
    pub(crate) fn of(files: &'a Files) -> Option<Self> {
        Some(Self::new(files, None, files.stack.as_ref()?))
    }

    fn new(files: &'a Files, overlay: Option<&'a str>, root: &'a Node) -> Self {
        let file_of = |config: &str| file_of(root, "configs", config);
        let services = entries(root.get("services")).iter();
        let services = services.map(|entry| Parts::of(entry, files, file_of)).collect();
        let own = files.compose.iter().find(|file| Some(file.name.as_str()) == overlay);
        // An overlay with configs can change the content behind the mounts of any service.
        let own = own.filter(|file| file.root.get("configs").is_none());
        let names = |file: &'a ComposeFile| entries(file.root.get("services")).iter();
        let changed = own.map(|file| names(file).map(|entry| &*entry.key).collect());
        Self { files, overlay, root, services, changed }
    }

    /// The stacks that come of adding one more overlay.
    pub(crate) fn overlays(&self) -> impl Iterator<Item = Self> + use<'a> {
        let files = self.files;
        files.overlays.iter().map(move |o| Self::new(files, Some(o.name.as_str()), &o.stack))
    }

    /// The entries of `services`, `volumes`, …
    pub(crate) fn section(&self, name: &str) -> &'a [Entry] {
        entries(self.root.get(name))
    }

    pub(crate) fn services(&self) -> impl Iterator<Item = Service<'_>> {
        self.services.iter().map(move |parts| Service { stack: self, parts })
    }

    /// The services that an overlay changes, or all where there is none. What a rule finds in a
    /// service alone it has found in the default stack already.
    pub(crate) fn changed_services(&self) -> impl Iterator<Item = Service<'_>> {
        let changed = self.changed.as_deref();
        self.services().filter(move |service| changed.is_none_or(|c| c.contains(&service.name())))
    }

    /// True for a network that other stacks join, too.
    pub(crate) fn is_shared(&self, network: &str) -> bool {
        let declared = self.section("networks").iter().find(|entry| entry.is(network));
        declared.and_then(|entry| entry.node.get("external")).is_some_and(is_external)
    }

    /// The file behind a config or secret.
    pub(crate) fn file_of(&self, section: &str, key: &str) -> Option<&'a str> {
        file_of(self.root, section, key)
    }

    /// Where the section's key stands, or else the file begins.
    pub(crate) fn place_of(&self, section: &str) -> &'a Place {
        let entry = entries(Some(self.root)).iter().find(|entry| entry.is(section));
        entry.map_or(&self.root.place, |entry| &entry.place)
    }
}

fn file_of<'a>(root: &'a Node, section: &str, key: &str) -> Option<&'a str> {
    let entry = entries(root.get(section)).iter().find(|entry| entry.is(key))?;
    entry.node.get("file").and_then(word)
}

/// `external: true`, or the older `external: {name: …}`.
fn is_external(node: &Node) -> bool {
    match &node.value {
        Value::Scalar(scalar) => &*scalar.text == "true",
        Value::Map(_) => true,
        Value::List(_) => false,
    }
}

/// The text of a scalar that is not null.
pub(crate) fn word(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar(scalar) if !node.is_null() => Some(&scalar.text),
        Value::Scalar(_) | Value::List(_) | Value::Map(_) => None,
    }
}

pub(crate) fn entries(node: Option<&Node>) -> &[Entry] {
    match node.map(|node| &node.value) {
        Some(Value::Map(entries)) => entries,
        Some(Value::Scalar(_) | Value::List(_)) | None => &[],
    }
}

pub(crate) fn items(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.value) {
        Some(Value::List(items)) => items,
        Some(Value::Scalar(_) | Value::Map(_)) | None => &[],
    }
}
