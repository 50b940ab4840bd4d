//! Canary data in the databases of a PostgreSQL server.
//!
//! The table lies beside the app's own, in the first schema of the search path. A schema of ours would
//! be tidier, but restores that drop and load `public` alone are sound for the app and would trip over
//! it.

use cc_ci_model::Fault;

use crate::Discovery;
use crate::process::Server;
use crate::sql::{self, Database, Dialect};
use crate::standing::Standing;

pub(crate) async fn discover(standing: &Standing<'_>, server: &Server) -> Result<Discovery, Fault> {
    sql::discover(standing, server, Postgres).await
}

#[derive(Debug, Clone, Copy)]
struct Postgres;

/// The table, where it is not there yet.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS cc_ci_canary \
                     (name text PRIMARY KEY, value text NOT NULL);";

impl Dialect for Postgres {
    fn script(&self) -> &'static str {
        include_str!("scripts/postgres.sh")
    }

    fn trial(&self) -> String {
        format!("BEGIN; {TABLE} INSERT INTO cc_ci_canary VALUES ('trial', ''); ROLLBACK;")
    }

    fn write(&self, key: &str, value: &str) -> String {
        format!(
            "BEGIN; {TABLE} INSERT INTO cc_ci_canary VALUES ('{key}', '{value}') \
             ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value; COMMIT;"
        )
    }

    fn find(&self, key: &str) -> String {
        format!("SELECT value FROM cc_ci_canary WHERE name = '{key}'")
    }

    fn damage(&self, key: &str) -> String {
        format!("UPDATE cc_ci_canary SET value = 'damaged' WHERE name = '{key}'")
    }

    fn clear(&self, key: &str) -> String {
        // The table is created first, so that a missing table is no error.
        format!(
            "BEGIN; {TABLE} DELETE FROM cc_ci_canary WHERE name = '{key}'; DO $$ BEGIN \
             IF NOT EXISTS (SELECT FROM cc_ci_canary) THEN DROP TABLE cc_ci_canary; \
             END IF; END $$; COMMIT;"
        )
    }

    fn is_absent(&self, words: &str) -> bool {
        // Undefined table, undefined schema; a connection's refusal carries no code.
        words.contains("42P01") || words.contains("3F000") || is_no_database(words)
    }

    fn prefix(&self, _server: &str) -> &'static str {
        "postgres"
    }

    fn used<'a>(&self, found: Vec<Database<'a>>, own: &str) -> Vec<Database<'a>> {
        // `postgres` is where administrators log in; an app uses it only where it is told to, or
        // where there is no other.
        let only = found.iter().all(|database| database.name == "postgres");
        let used =
            |database: &Database<'_>| only || own == "postgres" || database.name != "postgres";
        found.into_iter().filter(used).collect()
    }
}

fn is_no_database(words: &str) -> bool {
    words.contains("FATAL") && words.contains("database \"") && words.contains("does not exist")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::the_apps_own(&["app", "postgres"], "app", &["app"])]
    #[case::more_than_one(&["app", "extra", "postgres"], "app", &["app", "extra"])]
    #[case::nothing_else(&["postgres"], "", &["postgres"])]
    #[case::named(&["other", "postgres"], "postgres", &["other", "postgres"])]
    #[case::none(&[], "app", &[])]
    fn the_databases_of_the_app(
        #[case] found: &[&'static str],
        #[case] own: &str,
        #[case] expected: &[&str],
    ) {
        let database = |name: &&'static str| Database { name, refused: None };
        let used = Postgres.used(found.iter().map(database).collect(), own);
        assert_eq!(used.iter().map(|database| database.name).collect::<Vec<_>>(), expected);
    }

    #[rstest::rstest]
    #[case::table("ERROR:  42P01: relation \"cc_ci_canary\" does not exist", true)]
    #[case::database("psql: error: FATAL:  database \"app\" does not exist", true)]
    #[case::role("psql: error: FATAL:  role \"app\" does not exist", false)]
    #[case::password("psql: error: FATAL:  password authentication failed for user \"app\"", false)]
    fn what_is_not_there_at_all(#[case] words: &str, #[case] absent: bool) {
        assert_eq!(Postgres.is_absent(words), absent);
    }
}
