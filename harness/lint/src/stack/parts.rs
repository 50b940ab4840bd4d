//! Parts of a service in either of their forms.

use cc_ci_recipe::{Node, Place, Value};

use super::view::{entries, items, word};

/// A label or a variable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) name: &'a str,
    /// Empty where it has none.
    pub(crate) value: &'a str,
    pub(crate) place: &'a Place,
}

/// A network as a service joins it.
#[derive(Debug, Clone)]
pub(crate) struct Joined<'a> {
    pub(crate) network: &'a str,
    pub(crate) aliases: Vec<&'a str>,
}

/// A mount.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mount<'a> {
    /// Volume or host path; empty for tmpfs and anonymous volumes.
    pub(crate) source: &'a str,
    pub(crate) target: &'a str,
    /// False for memory, which no backup can see.
    pub(crate) lasting: bool,
    pub(crate) place: &'a Place,
}

/// A config or secret as a service sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Used<'a> {
    pub(crate) source: &'a str,
    pub(crate) target: &'a str,
    /// The mode of the mounted file.
    pub(crate) mode: u32,
    pub(crate) place: &'a Place,
}

impl Used<'_> {
    /// True where any user may execute the mounted file.
    pub(crate) fn is_executable(&self) -> bool {
        self.mode & 0o111 != 0
    }
}

/// The mode that the engine's command line gives where the file names none.
const MODE: u32 = 0o444;

pub(crate) fn pairs<'a>(node: Option<&'a Node>) -> Vec<Pair<'a>> {
    let of_item = |item: &'a Node| {
        let (name, value) = word(item)?.split_once('=').or(word(item).map(|name| (name, "")))?;
        Some(Pair { name, value, place: &item.place })
    };
    let of_entry = |entry: &'a cc_ci_recipe::Entry| Pair {
        name: &entry.key,
        value: word(&entry.node).unwrap_or_default(),
        place: &entry.place,
    };
    let listed = items(node).iter().filter_map(of_item);
    listed.chain(entries(node).iter().map(of_entry)).collect()
}

pub(crate) fn networks<'a>(node: Option<&'a Node>) -> Vec<Joined<'a>> {
    let plain = items(node).iter().filter_map(word);
    let plain = plain.map(|network| Joined { network, aliases: Vec::new() });
    let long = entries(node).iter().map(|entry| Joined {
        network: &entry.key,
        aliases: items(entry.node.get("aliases")).iter().filter_map(word).collect(),
    });
    plain.chain(long).collect()
}

pub(crate) fn mounts<'a>(node: Option<&'a Node>) -> Vec<Mount<'a>> {
    let mount = |item: &'a Node| {
        let (source, target, lasting) = match &item.value {
            Value::Scalar(scalar) => {
                let mut parts = scalar.text.split(':');
                let first = parts.next()?;
                let (source, target) = parts.next().map_or(("", first), |target| (first, target));
                (source, target, true)
            }
            Value::Map(_) => {
                let text = |key| item.get(key).and_then(word).unwrap_or_default();
                (text("source"), text("target"), text("type") != "tmpfs")
            }
            Value::List(_) => return None,
        };
        Some(Mount { source, target, lasting, place: &item.place })
    };
    items(node).iter().filter_map(mount).collect()
}

pub(crate) fn used<'a>(node: Option<&'a Node>) -> Vec<Used<'a>> {
    let one = |item: &'a Node| {
        let source = word(item).or_else(|| item.get("source").and_then(word))?;
        let target = item.get("target").and_then(word).unwrap_or(source);
        // The long form has numbers in decimal.
        let mode = item.get("mode").and_then(word).and_then(|mode| mode.parse().ok());
        Some(Used { source, target, mode: mode.unwrap_or(MODE), place: &item.place })
    };
    items(node).iter().filter_map(one).collect()
}
