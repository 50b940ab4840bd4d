//! Canary data as rows in the app's own SQLite databases.
//!
//! The SQLite shell of the toolbox opens the same file as the app. Both see each other's locks
//! because they share kernel and file system. SQLite run as root gives new journals to the
//! database's owner, so the app keeps its access.

use std::sync::Arc;

use async_trait::async_trait;
use cc_ci_backup::TOOLBOX_VOLUMES;
use cc_ci_model::{Fault, Operation, Unread};

use crate::standing::Standing;
use crate::unread::{Meaning, meaning};
use crate::{Found, Inhabited, Saved, Store, mark, unreadable};

/// Prints every SQLite database below `$1`, by content, not by name. A name with a newline in it could look
/// like the line of another file, so such files are left out. One `head` says the beginning of
/// thousands of files, each under a line with its name; a process for each would take minutes.
const DISCOVER: &str = r#"
cd "$1" && find . -type f -size +99c ! -path '*
*' -exec head -v -c 15 {} + 2>/dev/null |
  LC_ALL=C grep -a -x -B 1 'SQLite format 3' | sed -n 's|^==> \./\(.*\) <==$|\1|p' | sort; true
"#;

/// How long the app may hold a lock, in seconds; [`RUN`] says the same in milliseconds.
const LOCK_SECONDS: u64 = 10;

/// Arguments: database, statement. `.timeout` waits for the app's locks; unlike the pragma of the
/// same meaning it prints nothing. SQLite would make a database that is gone.
const RUN: &str = r#"
[ -e "$1" ] || { echo "its file is gone" >&2; exit 66; }
sqlite3 -batch -bail -cmd '.timeout 10000' "$1" "$2"
"#;

/// The exit code of [`RUN`] where there is no file.
const NO_FILE: i64 = 66;

/// The table, where it is not there yet.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS cc_ci_canary \
                     (name TEXT PRIMARY KEY, value TEXT NOT NULL);";

struct Sqlite {
    /// Volume and path of the database.
    path: String,
    volume: String,
}

pub(crate) async fn discover(
    standing: &Standing<'_>,
    homes: &[Inhabited],
) -> Result<Vec<Arc<dyn Store>>, Fault> {
    let found = standing.tool_says(DISCOVER, &[TOOLBOX_VOLUMES]).await?;
    let declared: Vec<String> = standing
        .backup_plan()
        .iter()
        .flat_map(|plan| &plan.volumes)
        .flat_map(|volume| volume.paths.iter().map(|path| format!("{}/{path}", volume.key)))
        .collect();
    let store = |path: &str| {
        let volume = path.split('/').next().unwrap_or_default().to_owned();
        Arc::new(Sqlite { path: path.to_owned(), volume }) as Arc<dyn Store>
    };
    // What the recipe saves by name is the dump of a database, not the database; what lies in the
    // data folder of another server is that server's own.
    let is_the_apps = |path: &&str| {
        declared.iter().all(|dump| dump != path)
            && homes.iter().all(|inhabited| !inhabited.home.holds(path))
    };
    Ok(found.lines().filter(is_the_apps).map(store).collect())
}

/// The database at a path, for tests that need no look at the volumes.
#[cfg(test)]
pub(crate) fn at(path: &str) -> Arc<dyn Store> {
    let volume = path.split('/').next().unwrap_or_default().to_owned();
    Arc::new(Sqlite { path: path.to_owned(), volume })
}

/// What a statement said.
enum Said {
    /// Its rows.
    Rows(String),
    /// The file is no sound database any more, in SQLite's words.
    Broken(String),
    /// There is no file.
    Gone,
    /// Nothing is known of the data.
    Unread(Unread, String),
}

impl Sqlite {
    async fn run(&self, standing: &Standing<'_>, statement: &str) -> Result<Said, Fault> {
        let database = format!("{TOOLBOX_VOLUMES}/{}", self.path);
        let output = standing.tool_ends(RUN, &[&database, statement]).await?;
        if output.ok() {
            return Ok(Said::Rows(output.text()));
        }
        let words = output.complaint();
        let says = |signs: &[&str]| signs.iter().any(|sign| words.contains(sign));
        if output.exit_code == NO_FILE && says(&["its file is gone"]) {
            return Ok(Said::Gone);
        }
        if says(&["locked", "busy"]) {
            let waiting_for = format!("the lock of {}: {words}", self.path);
            return Err(Fault::Deadline { seconds: LOCK_SECONDS, waiting_for });
        }
        if let limit @ Fault::AddedLimit { .. } = standing.tool_fault(&output) {
            return Err(limit);
        }
        Ok(match meaning(&words) {
            Meaning::Damaged => Said::Broken(words),
            Meaning::Unread(why) => Said::Unread(why, words),
        })
    }

    /// Runs a statement on a database that has to be sound.
    async fn rows(&self, standing: &Standing<'_>, statement: &str) -> Result<String, Fault> {
        let after = Operation::Nothing;
        match self.run(standing, statement).await? {
            Said::Rows(rows) => Ok(rows),
            Said::Broken(detail) => Err(Fault::DataLost { store: self.name(), detail, after }),
            Said::Gone => {
                let detail = "the file of the database is gone".to_owned();
                Err(Fault::DataLost { store: self.name(), detail, after })
            }
            Said::Unread(Unread::DiskFull, message) => {
                Err(Fault::NodeExhausted { what: "disk space".to_owned(), message })
            }
            Said::Unread(why, words) => Err(unreadable(self, why, words, after)),
        }
    }
}

#[async_trait]
impl Store for Sqlite {
    fn name(&self) -> String {
        format!("sqlite:{}", self.path)
    }

    fn volume(&self) -> Option<&str> {
        Some(&self.volume)
    }

    fn is_read_in_place(&self) -> bool {
        true
    }

    fn saved(&self, standing: &Standing<'_>) -> Saved {
        let Some(plan) = standing.backup_plan() else {
            return Saved::No("the recipe has no backup".to_owned());
        };
        // A volume of which only a dump is saved still has to bring the database back.
        if plan.volumes.iter().any(|volume| volume.key == self.volume) {
            Saved::Yes
        } else {
            Saved::No("the recipe declares the volume out of the backup".to_owned())
        }
    }

    async fn write(&self, standing: &Standing<'_>, key: &str) -> Result<(), Fault> {
        let value = self.words(key);
        let statement = format!("{TABLE} INSERT INTO cc_ci_canary VALUES ('{key}', '{value}');");
        self.rows(standing, &statement).await.map(drop)
    }

    async fn find(&self, standing: &Standing<'_>, key: &str) -> Result<Found, Fault> {
        let table = "SELECT count(*) FROM sqlite_master WHERE name = 'cc_ci_canary';";
        match self.run(standing, table).await? {
            Said::Broken(how) => return Ok(Found::Changed(how)),
            Said::Unread(why, words) => return Ok(Found::Unreadable(why, words)),
            Said::Gone => return Ok(Found::Gone),
            Said::Rows(count) if count == "0" => return Ok(Found::Gone),
            Said::Rows(_) => {}
        }
        let select = format!("SELECT value FROM cc_ci_canary WHERE name = '{key}';");
        Ok(match self.run(standing, &select).await? {
            Said::Broken(how) => Found::Changed(how),
            Said::Unread(why, words) => Found::Unreadable(why, words),
            Said::Gone => Found::Gone,
            Said::Rows(value) if value.is_empty() => Found::Gone,
            Said::Rows(value) if mark::is_written(&value, key) => Found::Intact,
            Said::Rows(value) => Found::Changed(format!("row {key} holds {value:?}")),
        })
    }

    fn words(&self, key: &str) -> String {
        mark::value(&self.name(), key)
    }

    async fn damage(&self, standing: &Standing<'_>, key: &str) -> Result<bool, Fault> {
        let update = format!("UPDATE cc_ci_canary SET value = 'damaged' WHERE name = '{key}';");
        self.rows(standing, &update).await.map(|_| true)
    }

    fn forgets(&self) -> bool {
        true
    }

    async fn clear(&self, standing: &Standing<'_>, key: &str) -> Result<(), Fault> {
        let delete = format!(
            "{TABLE} DELETE FROM cc_ci_canary WHERE name = '{key}'; \
             SELECT count(*) FROM cc_ci_canary;"
        );
        // A file that is gone needs no clearing.
        if matches!(self.run(standing, "SELECT 1;").await?, Said::Gone) {
            return Ok(());
        }
        if self.rows(standing, &delete).await? == "0" {
            self.rows(standing, "DROP TABLE cc_ci_canary;").await?;
        }
        Ok(())
    }
}
