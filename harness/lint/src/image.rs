//! The parts of an image's name, and what its name tells about it.

/// An image's name, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Image<'a> {
    /// The last part of the repository, as `postgres`.
    pub(crate) base: &'a str,
    /// The whole repository.
    pub(crate) repository: &'a str,
    pub(crate) tag: Option<&'a str>,
    /// Pinned by its digest, which no tag can move.
    pub(crate) pinned: bool,
}

/// Images that keep data and recover it when they start.
const DATABASES: [&str; 16] = [
    "postgres",
    "postgis",
    "pgvector",
    "pgautoupgrade",
    "timescale",
    "mysql",
    "mariadb",
    "percona",
    "mongo",
    "clickhouse",
    "cassandra",
    "couchdb",
    "cockroach",
    "elasticsearch",
    "opensearch",
    "influxdb",
];

/// Other servers that keep data in files of their own.
const STORES: [&str; 11] = [
    "redis",
    "valkey",
    "keydb",
    "rabbitmq",
    "meilisearch",
    "typesense",
    "qdrant",
    "neo4j",
    "sonic",
    "etcd",
    "surrealdb",
];

/// Apps known to migrate their database when a new version starts for the first time.
const MIGRATING: [&str; 24] = [
    "ghost",
    "gitea",
    "forgejo",
    "nextcloud",
    "mattermost",
    "discourse",
    "keycloak",
    "immich",
    "synapse",
    "plausible",
    "mastodon",
    "hedgedoc",
    "outline",
    "n8n",
    "peertube",
    "pleroma",
    "akkoma",
    "mobilizon",
    "bonfire",
    "authentik",
    "zammad",
    "penpot",
    "matomo",
    "vikunja",
];

/// Apps that run on Erlang, whose run time ends with exit code 0 when its supervisor gives up.
const ERLANG: [&str; 9] = [
    "plausible",
    "bonfire",
    "pleroma",
    "akkoma",
    "mobilizon",
    "ejabberd",
    "rabbitmq",
    "couchdb",
    "livebook",
];

impl<'a> Image<'a> {
    pub(crate) fn of(name: &'a str) -> Self {
        let (name, pinned) = match name.split_once('@') {
            Some((name, _)) => (name, true),
            None => (name, false),
        };
        // A colon before the last slash belongs to the registry's port.
        let slash = name.rfind('/').map_or(0, |at| at + 1);
        let (repository, tag) = match name[slash..].find(':') {
            Some(colon) => (&name[..slash + colon], Some(&name[slash + colon + 1..])),
            None => (name, None),
        };
        let base = &repository[slash.min(repository.len())..];
        Self { base, repository, tag: tag.filter(|tag| !tag.is_empty()), pinned }
    }

    pub(crate) fn is_database(&self) -> bool {
        // An exporter or an admin page of a database is none.
        let tool = ["exporter", "admin", "backup", "express"].iter().any(|w| self.base.contains(w));
        !tool && contains(&DATABASES, self.base)
    }

    /// True for a server whose data files only one process may open.
    pub(crate) fn keeps_data(&self) -> bool {
        let tool = ["exporter", "admin", "backup", "sentinel", "-ui"];
        let tool = tool.iter().any(|word| self.base.contains(word));
        self.is_database() || !tool && contains(&STORES, self.base)
    }

    pub(crate) fn is_known_to_migrate(&self) -> bool {
        contains(&MIGRATING, self.tail())
    }

    pub(crate) fn is_erlang(&self) -> bool {
        contains(&ERLANG, self.tail())
    }

    /// The last two parts: an app may be the owner, as in `plausible/analytics`.
    fn tail(&self) -> &'a str {
        let slash = self.repository.rmatch_indices('/').nth(1).map_or(0, |(at, _)| at + 1);
        &self.repository[slash..]
    }
}

fn contains(words: &[&str], base: &str) -> bool {
    words.iter().any(|word| base.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("nginx", "nginx", None, false)]
    #[case("nginx:1.26", "nginx", Some("1.26"), false)]
    #[case("localhost:5000/a/b", "b", None, false)]
    #[case("localhost:5000/a/b:2", "b", Some("2"), false)]
    #[case("a/b:2@sha256:0", "b", Some("2"), true)]
    #[case("a/b:", "b", None, false)]
    #[case("", "", None, false)]
    fn parts(#[case] name: &str, #[case] base: &str, #[case] tag: Option<&str>, #[case] pin: bool) {
        let image = Image::of(name);
        assert_eq!((image.base, image.tag, image.pinned), (base, tag, pin));
    }

    #[rstest::rstest]
    #[case("ghcr.io/baosystems/postgis:17-3.5", true)]
    #[case("mongo-express:1", false)]
    #[case("postgres-exporter:1", false)]
    #[case("nginx:1", false)]
    fn databases(#[case] name: &str, #[case] expected: bool) {
        assert_eq!(Image::of(name).is_database(), expected);
    }

    #[rstest::rstest]
    #[case("plausible/analytics:v2.1.0", true)]
    #[case("ghcr.io/plausible/community-edition:v2", true)]
    #[case("plausible.example.org/tools/nginx:1", false)]
    #[case("rabbitmq:3.13", true)]
    fn erlang(#[case] name: &str, #[case] expected: bool) {
        assert_eq!(Image::of(name).is_erlang(), expected);
    }
}
