//! One service.

use cc_ci_recipe::{Entry, Node, Place, Value};

use super::parts::{Joined, Mount, Pair, Used, mounts, networks, pairs, used};
use super::view::{Stack, items, word};
use crate::image::Image;

/// One service of a stack.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Service<'a> {
    pub(crate) stack: Stack<'a>,
    pub(super) entry: &'a Entry,
}

impl<'a> Service<'a> {
    pub(crate) fn name(&self) -> &'a str {
        &self.entry.key
    }

    pub(crate) fn place(&self) -> &'a Place {
        &self.entry.place
    }

    /// `services.<name>.<rest>`.
    pub(crate) fn key(&self, rest: &str) -> String {
        let dot = if rest.is_empty() { "" } else { "." };
        format!("services.{}{dot}{rest}", self.name())
    }

    /// What stands under a path of keys.
    pub(crate) fn get(&self, path: &[&str]) -> Option<&'a Node> {
        path.iter().try_fold(&self.entry.node, |node, key| node.get(key))
    }

    /// The word under a path of keys, and where it stands.
    pub(crate) fn word(&self, path: &[&str]) -> Option<(&'a str, &'a Place)> {
        let node = self.get(path)?;
        Some((word(node)?, &node.place))
    }

    /// The image's name and its place, if it has one.
    pub(crate) fn image(&self) -> Option<(Image<'a>, &'a Place)> {
        let (name, place) = self.word(&["image"])?;
        (!name.is_empty()).then(|| (Image::of(name), place))
    }

    /// `deploy.labels`.
    pub(crate) fn labels(&self) -> Vec<Pair<'a>> {
        pairs(self.get(&["deploy", "labels"]))
    }

    /// The value of one of `deploy.labels`.
    pub(crate) fn label(&self, name: &str) -> Option<Pair<'a>> {
        self.labels().into_iter().find(|label| label.name == name)
    }

    /// `labels`, which only the containers get.
    pub(crate) fn container_labels(&self) -> Vec<Pair<'a>> {
        pairs(self.get(&["labels"]))
    }

    pub(crate) fn environment(&self) -> Vec<Pair<'a>> {
        pairs(self.get(&["environment"]))
    }

    pub(crate) fn networks(&self) -> Vec<Joined<'a>> {
        networks(self.get(&["networks"]))
    }

    pub(crate) fn mounts(&self) -> Vec<Mount<'a>> {
        mounts(self.get(&["volumes"]))
    }

    /// Its `configs` or `secrets`.
    pub(crate) fn used(&self, section: &str) -> Vec<Used<'a>> {
        used(self.get(&[section]))
    }

    /// Published ports in the long form, which alone can be of the host.
    pub(crate) fn host_ports(&self) -> impl Iterator<Item = &'a Node> + use<'a> {
        let host = |item: &&Node| item.get("mode").and_then(word) == Some("host");
        items(self.get(&["ports"])).iter().filter(host)
    }

    /// `entrypoint` or `command` as one line, and where it stands.
    pub(crate) fn line(&self, key: &str) -> Option<(String, &'a Place)> {
        let node = self.get(&[key])?;
        let line = match &node.value {
            Value::Scalar(scalar) => scalar.text.clone(),
            Value::List(items) => items.iter().filter_map(word).collect::<Vec<_>>().join(" "),
            Value::Map(_) => return None,
        };
        Some((line, &node.place))
    }

    /// True for a database, and for an app that is likely to change one when it starts: it is
    /// known for it, has a variable about migrations, or is told where its database is.
    pub(crate) fn may_start_slowly(&self) -> bool {
        let image = self.image().map(|(image, _)| image);
        let hint = |pair: &Pair<'_>| {
            let words = ["MIGRAT", "DB_HOST", "DATABASE_URL", "DATABASE_HOST", "POSTGRES_HOST"];
            let more = ["MYSQL_HOST", "MARIADB_HOST", "PGHOST", "DB_URL", "DATABASE__"];
            words.iter().chain(&more).any(|word| pair.name.to_ascii_uppercase().contains(word))
        };
        image.is_some_and(|image| image.is_database() || image.is_known_to_migrate())
            || self.environment().iter().any(hint)
    }
}
