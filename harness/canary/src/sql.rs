//! Canary data as rows of a small table in a database that a server keeps.
//!
//! What differs between the servers is their [`Dialect`].

use std::sync::Arc;

use async_trait::async_trait;
use cc_ci_model::Fault;

use crate::home::Home;
use crate::process::{Answer, Server, ask};
use crate::standing::Standing;
use crate::unwritten::{self, Gap, Unwritten};
use crate::{Discovery, Found, Inhabited, Saved, Store, mark};

/// The statements and words of one kind of server. Names and values are our own keys: letters, digits, dashes.
pub(crate) trait Dialect: Send + Sync + 'static {
    /// The script that runs in its container; it knows `look TRIAL` and `run DATABASE SQL`.
    fn script(&self) -> &'static str;
    /// A statement that proves that a database can be written to, and leaves nothing behind.
    fn trial(&self) -> String;
    /// Creates the table if it does not exist, and writes the row `key` with `value`.
    fn write(&self, key: &str, value: &str) -> String;
    /// The row's value.
    fn find(&self, key: &str) -> String;
    /// Gives the row another value.
    fn damage(&self, key: &str) -> String;
    /// Takes the row away, and with the last one the table.
    fn clear(&self, key: &str) -> String;
    /// True for a complaint that table or database are not there at all.
    fn is_absent(&self, words: &str) -> bool;
    /// The word for the server in names of stores, by what it says of itself.
    fn prefix(&self, server: &str) -> &'static str;
    /// The databases that an app uses, of those there are and the one its environment names.
    fn used<'a>(&self, found: Vec<Database<'a>>, own: &str) -> Vec<Database<'a>>;
}

/// A database, and why it cannot be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Database<'a> {
    pub(crate) name: &'a str,
    pub(crate) refused: Option<&'a str>,
}

/// What `look` printed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Looked<'a> {
    server: &'a str,
    own: &'a str,
    folder: &'a str,
    databases: Vec<Database<'a>>,
}

fn read(said: &str) -> Looked<'_> {
    let mut looked = Looked::default();
    for line in said.lines() {
        match line.split('\t').collect::<Vec<_>>()[..] {
            ["server", server] => looked.server = server,
            ["own", own] => looked.own = own,
            ["folder", folder] => looked.folder = folder,
            ["yes", name] => looked.databases.push(Database { name, refused: None }),
            ["no", name, ref words @ ..] => {
                let refused = Some(words.first().copied().unwrap_or("it says nothing"));
                looked.databases.push(Database { name, refused });
            }
            _ => {}
        }
    }
    looked
}

/// The databases of one server.
pub(crate) async fn discover<D: Dialect + Copy>(
    standing: &Standing<'_>,
    server: &Server,
    dialect: D,
) -> Result<Discovery, Fault> {
    let mut found = Discovery::default();
    let said = match ask(standing, server, dialect.script(), &["look", &dialect.trial()]).await? {
        Answer::Said(said) => said,
        Answer::Refused(words) | Answer::Unasked(_, words) => {
            return Ok(unwritten::unasked(standing, server, dialect.prefix(""), words));
        }
    };
    let looked = read(&said);
    let home = Home::of(standing, &server.service, looked.folder);
    let prefix = dialect.prefix(looked.server);
    let inhabited = Inhabited { kind: server.kind, home: home.clone() };
    found.homes.push(inhabited);
    for Database { name: database, refused } in dialect.used(looked.databases, looked.own) {
        let name = format!("{prefix}:{}/{database}", server.service);
        match refused {
            None => found.stores.push(Arc::new(Table {
                name,
                server: server.clone(),
                database: database.to_owned(),
                home: home.clone(),
                dialect,
            })),
            Some(words) => found.unwritten.push(Unwritten {
                name,
                reason: words.to_owned(),
                gap: Gap::Open,
                volume: home.volume.clone(),
                saved: home.saved(standing, &server.service),
            }),
        }
    }
    Ok(found)
}

struct Table<D> {
    name: String,
    server: Server,
    database: String,
    home: Home,
    dialect: D,
}

impl<D: Dialect> Table<D> {
    async fn run(&self, standing: &Standing<'_>, statement: &str) -> Result<Answer, Fault> {
        let words = ["run", &self.database, statement];
        ask(standing, &self.server, self.dialect.script(), &words).await
    }

    /// Runs a statement on a database that took one like it before.
    async fn must(&self, standing: &Standing<'_>, statement: &str) -> Result<(), Fault> {
        match self.run(standing, statement).await? {
            Answer::Said(_) => Ok(()),
            Answer::Refused(words) | Answer::Unasked(_, words) => {
                Err(unwritten::refused(&self.name, words))
            }
        }
    }
}

#[async_trait]
impl<D: Dialect> Store for Table<D> {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn volume(&self) -> Option<&str> {
        self.home.volume.as_deref()
    }

    fn is_in_no_volume(&self) -> bool {
        self.home.volume.is_none()
    }

    fn is_read_in_place(&self) -> bool {
        false
    }

    fn saved(&self, standing: &Standing<'_>) -> Saved {
        self.home.saved(standing, &self.server.service)
    }

    async fn write(&self, standing: &Standing<'_>, key: &str) -> Result<(), Fault> {
        self.must(standing, &self.dialect.write(key, &self.words(key))).await
    }

    async fn find(&self, standing: &Standing<'_>, key: &str) -> Result<Found, Fault> {
        Ok(match self.run(standing, &self.dialect.find(key)).await? {
            Answer::Said(value) if value.is_empty() => Found::Gone,
            Answer::Said(value) if mark::is_written(&value, key) => Found::Intact,
            Answer::Said(value) => Found::Changed(format!("row {key} holds {value:?}")),
            Answer::Refused(words) if self.dialect.is_absent(&words) => Found::Gone,
            Answer::Refused(words) => Found::of_complaint(words),
            Answer::Unasked(why, words) => Found::Unreadable(why, words),
        })
    }

    fn words(&self, key: &str) -> String {
        mark::value(&self.name, key)
    }

    async fn damage(&self, standing: &Standing<'_>, key: &str) -> Result<bool, Fault> {
        self.must(standing, &self.dialect.damage(key)).await.map(|()| true)
    }

    fn forgets(&self) -> bool {
        true
    }

    async fn clear(&self, standing: &Standing<'_>, key: &str) -> Result<(), Fault> {
        self.must(standing, &self.dialect.clear(key)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_look_prints_is_read() {
        let said = "server\t10.11.6-MariaDB\nown\tshop\nfolder\t/var/lib/mysql\nyes\tshop\n\
                    no\tother\tERROR 1044 (42000)\nno\tmute\nnoise\n";
        let database = |name, refused| Database { name, refused };
        let expected = Looked {
            server: "10.11.6-MariaDB",
            own: "shop",
            folder: "/var/lib/mysql",
            databases: vec![
                database("shop", None),
                database("other", Some("ERROR 1044 (42000)")),
                database("mute", Some("it says nothing")),
            ],
        };
        assert_eq!(read(said), expected);
    }
}
