//! Canary data in the databases of a MariaDB or MySQL server.
//!
//! The table lies among the app's own: a dump names its databases one by one, and one of ours would
//! be in none of them.

use cc_ci_model::Fault;

use crate::Discovery;
use crate::process::Server;
use crate::sql::{self, Database, Dialect};
use crate::standing::Standing;

pub(crate) async fn discover(standing: &Standing<'_>, server: &Server) -> Result<Discovery, Fault> {
    sql::discover(standing, server, Mysql).await
}

#[derive(Debug, Clone, Copy)]
struct Mysql;

/// The table, where it is not there yet. InnoDB, as a server's default may be one without a log.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS cc_ci_canary (name VARCHAR(64) PRIMARY KEY, \
                     value VARCHAR(128) NOT NULL) ENGINE=InnoDB;";

/// With 0 the server writes its log only once a second. The statement then waits until the commit is in the
/// log.
const DURABLE: &str = "DO SLEEP(IF(@@innodb_flush_log_at_trx_commit = 0, 1.2, 0));";

impl Dialect for Mysql {
    fn script(&self) -> &'static str {
        include_str!("scripts/mysql.sh")
    }

    fn trial(&self) -> String {
        // A statement that makes a table cannot be rolled back; what is written is cleared.
        format!("{} {}", self.write("trial", ""), self.clear("trial"))
    }

    fn write(&self, key: &str, value: &str) -> String {
        format!(
            "{TABLE} INSERT INTO cc_ci_canary VALUES ('{key}', '{value}') \
             ON DUPLICATE KEY UPDATE value = VALUES(value); {DURABLE}"
        )
    }

    fn find(&self, key: &str) -> String {
        format!("SELECT value FROM cc_ci_canary WHERE name = '{key}'")
    }

    fn damage(&self, key: &str) -> String {
        format!("UPDATE cc_ci_canary SET value = 'damaged' WHERE name = '{key}'; {DURABLE}")
    }

    fn clear(&self, key: &str) -> String {
        // The table is created first, so that a missing table is no error.
        format!(
            "{TABLE} DELETE FROM cc_ci_canary WHERE name = '{key}'; {DURABLE} SET @cc_ci_last = \
             IF(EXISTS(SELECT 1 FROM cc_ci_canary), 'DO 0', 'DROP TABLE cc_ci_canary'); \
             PREPARE cc_ci_last FROM @cc_ci_last; EXECUTE cc_ci_last;"
        )
    }

    fn is_absent(&self, words: &str) -> bool {
        words.contains("ERROR 1146") || words.contains("ERROR 1049")
    }

    fn prefix(&self, server: &str) -> &'static str {
        // MySQL's own versions are bare numbers; a server that says nothing is called by the name
        // of the protocol.
        if server.contains("MariaDB") { "mariadb" } else { "mysql" }
    }

    fn used<'a>(&self, found: Vec<Database<'a>>, _own: &str) -> Vec<Database<'a>> {
        // The script has left out the system's own databases.
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::table("ERROR 1146 (42S02) at line 1: Table 'shop.cc_ci_canary' doesn't exist", true)]
    #[case::database("ERROR 1049 (42000): Unknown database 'shop'", true)]
    #[case::login("ERROR 1045 (28000): Access denied for user 'root'@'localhost'", false)]
    fn what_is_not_there_at_all(#[case] words: &str, #[case] absent: bool) {
        assert_eq!(Mysql.is_absent(words), absent);
    }

    #[rstest::rstest]
    #[case::debian("10.11.6-MariaDB-0+deb12u1", "mariadb")]
    #[case::oracle("8.0.39", "mysql")]
    #[case::unknown("", "mysql")]
    fn the_server_names_itself(#[case] server: &str, #[case] prefix: &str) {
        assert_eq!(Mysql.prefix(server), prefix);
    }
}
