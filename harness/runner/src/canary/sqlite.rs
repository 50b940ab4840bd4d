//! Canary data as rows in the app's own SQLite databases.
//!
//! The SQLite shell of the toolbox opens the same file as the app. Both see each other's locks
//! because they share kernel and file system. SQLite run as root gives new journals to the
//! database's owner, so the app keeps its access.

use std::sync::Arc;

use async_trait::async_trait;
use cc_ci_backup::TOOLBOX_VOLUMES;
use cc_ci_model::Fault;

use super::{Found, Saved, Store};
use crate::life::Life;

/// Prints every SQLite database below `$1`, by content, not by name.
const DISCOVER: &str = r#"
cd "$1" && find . -type f -size +99c 2>/dev/null | sort | while read -r f; do
  [ "$(head -c 15 "$f" | tr -d '\0')" = "SQLite format 3" ] && printf '%s\n' "${f#./}"
done; true
"#;

/// Arguments: database, statement. `.timeout` waits for the app's locks; unlike the pragma of the
/// same meaning it prints nothing.
const RUN: &str = r#"sqlite3 -batch -bail -cmd '.timeout 10000' "$1" "$2""#;

struct Sqlite {
    /// Volume and path of the database.
    path: String,
    volume: String,
}

pub(super) async fn discover(life: &Life<'_>) -> Result<Vec<Arc<dyn Store>>, Fault> {
    let found = life.tool_says(DISCOVER, &[TOOLBOX_VOLUMES]).await?;
    let declared: Vec<String> = life
        .backup_plan()
        .iter()
        .flat_map(|plan| &plan.volumes)
        .flat_map(|volume| volume.paths.iter().map(|path| format!("{}/{path}", volume.key)))
        .collect();
    let store = |path: &str| {
        let volume = path.split('/').next().unwrap_or_default().to_owned();
        Arc::new(Sqlite { path: path.to_owned(), volume }) as Arc<dyn Store>
    };
    // What the recipe saves by name is the dump of a database, not the database.
    Ok(found.lines().filter(|path| !declared.iter().any(|d| d == path)).map(store).collect())
}

impl Sqlite {
    async fn run(&self, life: &Life<'_>, statement: &str) -> Result<String, Fault> {
        let database = format!("{TOOLBOX_VOLUMES}/{}", self.path);
        life.tool_says(RUN, &[&database, statement]).await
    }
}

#[async_trait]
impl Store for Sqlite {
    fn name(&self) -> String {
        format!("sqlite:{}", self.path)
    }

    fn saved(&self, life: &Life<'_>) -> Saved {
        let Some(plan) = life.backup_plan() else {
            return Saved::No("the recipe has no backup".to_owned());
        };
        // A volume of which only a dump is saved still has to bring the database back.
        if plan.volumes.iter().any(|volume| volume.key == self.volume) {
            Saved::Yes
        } else {
            Saved::No("the recipe declares the volume out of the backup".to_owned())
        }
    }

    async fn write(&self, life: &Life<'_>, key: &str) -> Result<(), Fault> {
        let statement = format!(
            "CREATE TABLE IF NOT EXISTS cc_ci_canary (name TEXT PRIMARY KEY, value TEXT NOT NULL); \
             INSERT INTO cc_ci_canary VALUES ('{key}', 'written {key}');"
        );
        self.run(life, &statement).await.map(drop)
    }

    async fn find(&self, life: &Life<'_>, key: &str) -> Result<Found, Fault> {
        let table = "SELECT count(*) FROM sqlite_master WHERE name = 'cc_ci_canary';";
        if self.run(life, table).await? == "0" {
            return Ok(Found::Gone);
        }
        let select = format!("SELECT value FROM cc_ci_canary WHERE name = '{key}';");
        Ok(match self.run(life, &select).await?.as_str() {
            "" => Found::Gone,
            value if value == format!("written {key}") => Found::Intact,
            value => Found::Changed(format!("row {key} holds {value:?}")),
        })
    }

    async fn damage(&self, life: &Life<'_>, key: &str) -> Result<bool, Fault> {
        let update = format!("UPDATE cc_ci_canary SET value = 'damaged' WHERE name = '{key}';");
        self.run(life, &update).await.map(|_| true)
    }
}
