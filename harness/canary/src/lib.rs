//! Data that must live through an operation: written before it and looked for after it, a store per file.
//!
//! A new kind of store is one new file and one line in [`discover`].

mod app;
mod files;
mod home;
mod mark;
mod mysql;
mod postgres;
mod process;
mod redis;
mod sql;
mod sqlite;
mod standing;
mod unread;
mod unwritten;

pub use app::build_probe;
pub use standing::Standing;
pub use unwritten::{Gap, Unwritten};

use std::sync::Arc;

use async_trait::async_trait;
use cc_ci_model::{Fault, Look, Observed, Operation, Sought, Unread};
use futures_util::future::try_join_all;

use self::home::Home;
use self::process::{Kind, Server};
use self::unread::{Meaning, meaning};

/// What was found of one piece of canary data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// As it was written.
    Intact,
    /// Not there.
    Gone,
    /// There, but not as it was written.
    Changed(String),
    /// It could not be looked at: the reason, and the words of the store.
    Unreadable(Unread, String),
}

impl Found {
    /// The observation as it is kept in the journal.
    #[must_use]
    pub fn observed(&self, store: &dyn Store, key: &str, expected: Sought) -> Observed {
        let found = match self.clone() {
            Self::Intact => Look::Intact,
            Self::Gone => Look::Gone,
            Self::Changed(how) => Look::Changed { how },
            Self::Unreadable(_, words) => Look::Unreadable { words },
        };
        Observed::Data { store: store.name(), key: key.to_owned(), expected, found }
    }

    /// What the complaint of a store says of the data in it.
    fn of_complaint(words: String) -> Self {
        match meaning(&words) {
            Meaning::Damaged => Self::Changed(words),
            Meaning::Unread(why) => Self::Unreadable(why, words),
        }
    }
}

/// The fault of data that was written and is not there, although nothing was done that could have lost it.
fn gone(store: &dyn Store, key: &str) -> Fault {
    let detail = format!("{key} was written and is gone");
    Fault::DataLost { store: store.name(), detail, after: Operation::Nothing }
}

/// The fault of data that cannot be looked at.
#[must_use]
pub fn unreadable(store: &dyn Store, why: Unread, words: String, after: Operation) -> Fault {
    Fault::DataUnreadable { store: store.name(), detail: words, after, why }
}

/// Whether a backup of this store can be expected to hold its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// The recipe's labels say so.
    Yes,
    /// The recipe declares it out, or saves it in another form.
    No(String),
}

/// One place where an app keeps data.
#[async_trait]
pub trait Store: Send + Sync {
    /// Its name, for reports: `files:content`, `sqlite:data/app.db`, `postgres:db/app`,
    /// `app:channel`.
    fn name(&self) -> String;

    /// Compose name of the volume that holds it, where one does.
    fn volume(&self) -> Option<&str>;

    /// True where its data is known to lie in no volume of the stack: it goes with its container.
    fn is_in_no_volume(&self) -> bool {
        false
    }

    /// True where it is read from the volume itself and not through the app: data in a volume that no service
    /// mounts any more still looks sound there.
    fn is_read_in_place(&self) -> bool;

    /// True where its data is the only copy of something that users made. Files and caches may be declared out
    /// of a backup. A database that no backup holds is a gap, whatever a label says.
    fn is_of_record(&self) -> bool {
        true
    }

    /// Whether the backup is meant to hold it.
    fn saved(&self, standing: &Standing<'_>) -> Saved;

    /// Writes the data called `key`.
    async fn write(&self, standing: &Standing<'_>, key: &str) -> Result<(), Fault>;

    /// Looks for the data called `key`.
    async fn find(&self, standing: &Standing<'_>, key: &str) -> Result<Found, Fault>;

    /// Words that the data called `key` holds. In a server with several databases those of each differ.
    fn words(&self, key: &str) -> String {
        key.to_owned()
    }

    /// Damages the data called `key`, so that only a restore can bring it back. `false` where the
    /// store has no way to change what is written.
    async fn damage(&self, standing: &Standing<'_>, key: &str) -> Result<bool, Fault>;

    /// True where a refused login can mean that the account is not there whose data is looked for: in an
    /// instance that nothing was restored to yet, there is none.
    fn has_accounts(&self) -> bool {
        false
    }

    /// True where [`Store::clear`] deletes the data. Data that was deleted before a backup must not come back.
    fn forgets(&self) -> bool;

    /// Deletes the data called `key`, as far as the store can. The data is no longer needed once it was looked
    /// at, and the app should not have to deal with it. Data that is not there is no error.
    async fn clear(&self, standing: &Standing<'_>, key: &str) -> Result<(), Fault>;
}

/// What a look at the running stack found.
#[derive(Default)]
pub struct Discovery {
    /// Every store that canary data can be written to.
    pub stores: Vec<Arc<dyn Store>>,
    /// Every other store, and why.
    pub unwritten: Vec<Unwritten>,
    /// Where servers keep their data.
    homes: Vec<Inhabited>,
}

/// The data folder of a server.
struct Inhabited {
    kind: Kind,
    home: Home,
}

impl Discovery {
    fn add(&mut self, other: Self) {
        self.stores.extend(other.stores);
        self.unwritten.extend(other.unwritten);
        self.homes.extend(other.homes);
    }
}

/// Every store of the running stack, in a stable order.
///
/// # Errors
/// The engine's own, or a server that does not answer in its time.
pub async fn discover(standing: &Standing<'_>) -> Result<Discovery, Fault> {
    let servers = process::servers(standing).await?;
    let asked = try_join_all(servers.iter().map(|server| ask(standing, server))).await?;
    let mut databases = Discovery::default();
    asked.into_iter().for_each(|found| databases.add(found));
    let stores = files::discover(standing, &databases.homes);
    let mut all = Discovery { stores, ..Discovery::default() };
    all.stores.extend(sqlite::discover(standing, &databases.homes).await?);
    all.add(databases);
    all.stores.extend(app::discover(standing));
    Ok(all)
}

async fn ask(standing: &Standing<'_>, server: &Server) -> Result<Discovery, Fault> {
    match server.kind {
        _ if server.closed.is_some() => Ok(unwritten::closed(standing, server)),
        Kind::Postgres => postgres::discover(standing, server).await,
        Kind::Mysql => mysql::discover(standing, server).await,
        Kind::Redis => redis::discover(standing, server).await,
    }
}

#[cfg(test)]
mod loss_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
