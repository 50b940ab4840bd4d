//! Canary data: written before an operation, looked for after it.
//!
//! A new kind of store is one new file and one line in [`discover`].

mod app;
mod files;
mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;
use cc_ci_model::Fault;

use crate::life::Life;

/// What was found of one piece of canary data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// As it was written.
    Intact,
    /// Not there.
    Gone,
    /// There, but not as it was written.
    Changed(String),
}

/// Whether a backup of this store can be expected to hold its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Saved {
    /// The recipe's labels say so.
    Yes,
    /// The recipe declares it out, or saves it in another form.
    No(String),
}

/// One place where an app keeps data.
#[async_trait]
pub(crate) trait Store: Send + Sync {
    /// Its name, for reports: `files:content`, `sqlite:data/app.db`, `app:channel`.
    fn name(&self) -> String;

    /// Compose name of the volume that holds it, where one does.
    fn volume(&self) -> Option<&str>;

    /// Whether the backup is meant to hold it.
    fn saved(&self, life: &Life<'_>) -> Saved;

    /// Writes the data called `key`.
    async fn write(&self, life: &Life<'_>, key: &str) -> Result<(), Fault>;

    /// Looks for the data called `key`.
    async fn find(&self, life: &Life<'_>, key: &str) -> Result<Found, Fault>;

    /// Damages the data called `key`, so that only a restore can bring it back. `false` where the
    /// store has no way to change what is written.
    async fn damage(&self, life: &Life<'_>, key: &str) -> Result<bool, Fault>;

    /// Takes the data called `key` away again, as far as the store can: what is proven is no
    /// longer needed, and the less of ours lies in the app's way the better.
    async fn clear(&self, life: &Life<'_>, key: &str) -> Result<(), Fault>;
}

/// Every store of the running stack, in a stable order.
pub(crate) async fn discover(life: &Life<'_>) -> Result<Vec<Arc<dyn Store>>, Fault> {
    let mut stores = Vec::new();
    stores.extend(files::discover(life));
    stores.extend(sqlite::discover(life).await?);
    stores.extend(app::discover(life));
    Ok(stores)
}
