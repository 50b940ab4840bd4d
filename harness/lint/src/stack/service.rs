//! One service.

use cc_ci_recipe::{Entry, Files, Node, Place, Value};

use super::parts::{Joined, Mount, Pair, Used, mounts, networks, pairs, used};
use super::view::{Stack, items, word};
use crate::hook::{Hook, backup_hook};
use crate::image::Image;
use crate::traefik::Label;

/// One service of a stack.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Service<'a> {
    pub(crate) stack: &'a Stack<'a>,
    pub(super) parts: &'a Parts<'a>,
}

/// A published port.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Port<'a> {
    /// `None` where the engine chooses it.
    pub(crate) published: Option<&'a str>,
    pub(crate) protocol: Option<&'a str>,
    pub(crate) place: &'a Place,
}

/// Commands that end when their work is done; a restart on failure only is right for them.
const ONE_SHOTS: [&str; 7] =
    ["migrate", "db:migrate", "createbucket", "collectstatic", "init", "mc ", "chown"];

/// What stands in a service, in one form.
#[derive(Debug, Clone)]
pub(super) struct Parts<'a> {
    entry: &'a Entry,
    labels: Vec<Pair<'a>>,
    traefik: Vec<Label<'a>>,
    container_labels: Vec<Pair<'a>>,
    environment: Vec<Pair<'a>>,
    networks: Vec<Joined<'a>>,
    mounts: Vec<Mount<'a>>,
    configs: Vec<Used<'a>>,
    secrets: Vec<Used<'a>>,
    backup_hook: Option<Hook<'a>>,
}

impl<'a> Parts<'a> {
    /// `file_of` gives the file behind a config.
    pub(super) fn of(
        entry: &'a Entry,
        files: &'a Files,
        file_of: impl Fn(&str) -> Option<&'a str>,
    ) -> Self {
        let get = |key| entry.node.get(key);
        let labels = pairs(get("deploy").and_then(|deploy| deploy.get("labels")));
        let configs = used(get("configs"));
        Self {
            entry,
            traefik: labels.iter().filter_map(Label::of).collect(),
            backup_hook: backup_hook(&labels, &configs, files, file_of),
            labels,
            container_labels: pairs(get("labels")),
            environment: pairs(get("environment")),
            networks: networks(get("networks")),
            mounts: mounts(get("volumes")),
            configs,
            secrets: used(get("secrets")),
        }
    }
}

impl<'a> Service<'a> {
    pub(crate) fn name(&self) -> &'a str {
        &self.parts.entry.key
    }

    pub(crate) fn place(&self) -> &'a Place {
        &self.parts.entry.place
    }

    /// `services.<name>.<rest>`.
    pub(crate) fn key(&self, rest: &str) -> String {
        let dot = if rest.is_empty() { "" } else { "." };
        format!("services.{}{dot}{rest}", self.name())
    }

    /// What stands under a path of keys.
    pub(crate) fn get(&self, path: &[&str]) -> Option<&'a Node> {
        path.iter().try_fold(&self.parts.entry.node, |node, key| node.get(key))
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
    pub(crate) fn labels(&self) -> &'a [Pair<'a>] {
        &self.parts.labels
    }

    /// Those of `deploy.labels` that configure Traefik's routers, services or middlewares.
    pub(crate) fn traefik(&self) -> &'a [Label<'a>] {
        &self.parts.traefik
    }

    /// What runs in it before a backup.
    pub(crate) fn backup_hook(&self) -> Option<&'a Hook<'a>> {
        self.parts.backup_hook.as_ref()
    }

    /// The value of one of `deploy.labels`.
    pub(crate) fn label(&self, name: &str) -> Option<Pair<'a>> {
        self.parts.labels.iter().find(|label| label.name == name).copied()
    }

    /// `labels`, which only the containers get.
    pub(crate) fn container_labels(&self) -> &'a [Pair<'a>] {
        &self.parts.container_labels
    }

    pub(crate) fn environment(&self) -> &'a [Pair<'a>] {
        &self.parts.environment
    }

    pub(crate) fn networks(&self) -> &'a [Joined<'a>] {
        &self.parts.networks
    }

    pub(crate) fn mounts(&self) -> &'a [Mount<'a>] {
        &self.parts.mounts
    }

    pub(crate) fn configs(&self) -> &'a [Used<'a>] {
        &self.parts.configs
    }

    pub(crate) fn secrets(&self) -> &'a [Used<'a>] {
        &self.parts.secrets
    }

    /// Its `configs` or `secrets`.
    pub(crate) fn used(&self, section: &str) -> &'a [Used<'a>] {
        if section == "configs" { self.configs() } else { self.secrets() }
    }

    /// Published ports, ranges written out.
    pub(crate) fn ports(&self) -> impl Iterator<Item = Port<'a>> + use<'a> {
        items(self.get(&["ports"])).iter().map(|item| {
            let text = |key| item.get(key).and_then(word);
            Port { published: text("published"), protocol: text("protocol"), place: &item.place }
        })
    }

    /// True for a service that keeps data in files which only one process may open.
    pub(crate) fn keeps_data(&self) -> bool {
        let lasting = self.mounts().iter().any(|mount| mount.lasting && !mount.source.is_empty());
        lasting && self.image().is_some_and(|(image, _)| image.keeps_data())
    }

    /// True where the words of the command are those of work that ends.
    pub(crate) fn seems_one_shot(&self) -> bool {
        let lines = ["entrypoint", "command"].iter().filter_map(|key| self.line(key));
        let line = lines.map(|(line, _)| line).collect::<Vec<_>>().join(" ");
        ONE_SHOTS.iter().any(|word| line.contains(word))
    }

    /// Published ports in the long form, which alone can be of the host.
    pub(crate) fn host_ports(&self) -> impl Iterator<Item = &'a Node> + use<'a> {
        let host = |item: &&Node| item.get("mode").and_then(word) == Some("host");
        items(self.get(&["ports"])).iter().filter(host)
    }

    /// The words of `entrypoint`, `command` or the test of the health check, each with its place.
    pub(crate) fn words(&self, path: &[&str]) -> Vec<(&'a str, &'a Place)> {
        let Some(node) = self.get(path) else { return Vec::new() };
        let one = std::slice::from_ref(node);
        let nodes = if items(Some(node)).is_empty() { one } else { items(Some(node)) };
        nodes.iter().filter_map(|node| Some((word(node)?, &node.place))).collect()
    }

    /// The service is not to run by itself: it is scaled to zero, as what a cron service starts.
    pub(crate) fn is_scaled_to_zero(&self) -> bool {
        self.word(&["deploy", "replicas"]).is_some_and(|(replicas, _)| replicas == "0")
    }

    /// `entrypoint` or `command` as one line, and where it stands.
    pub(crate) fn line(&self, key: &str) -> Option<(String, &'a Place)> {
        let node = self.get(&[key])?;
        let line = match &node.value {
            Value::Scalar(scalar) => scalar.text.to_string(),
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
