//! What is known of a script of SQL once it was read.

use crate::sql::Inside;

/// Whose words a script is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Dialect {
    #[default]
    Unknown,
    Postgres,
    Mysql,
    Sqlite,
}

/// Words that statements of dumps begin with.
const WORDS: [&str; 44] = [
    "ALTER",
    "ANALYZE",
    "ATTACH",
    "BEGIN",
    "CALL",
    "CHANGE",
    "COMMENT",
    "COMMIT",
    "COPY",
    "CREATE",
    "DELETE",
    "DO",
    "DROP",
    "END",
    "EXECUTE",
    "FLUSH",
    "GRANT",
    "IMPORT",
    "INSERT",
    "LOAD",
    "LOCK",
    "MERGE",
    "PRAGMA",
    "PREPARE",
    "PURGE",
    "REASSIGN",
    "REFRESH",
    "REINDEX",
    "RENAME",
    "REPLACE",
    "RESET",
    "REVOKE",
    "ROLLBACK",
    "SAVEPOINT",
    "SECURITY",
    "SELECT",
    "SET",
    "START",
    "TRUNCATE",
    "UNLOCK",
    "UPDATE",
    "USE",
    "VACUUM",
    "WITH",
];

/// Words behind which data has come.
const DATA: [&str; 5] = ["COPY", "INSERT", "LOAD", "MERGE", "REPLACE"];

/// What a script holds.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) dialect: Dialect,
    /// Statements whose first word is one of SQL.
    pub(crate) statements: u64,
    /// Statements that begin with no word of SQL, and the beginning of the first.
    pub(crate) strange: u64,
    pub(crate) first_strange: Option<String>,
    /// What a program said into the file, the last time.
    pub(crate) said: Option<String>,
    /// True where nothing but settings of SQLite came.
    pub(crate) only_settings: bool,
    /// Marks at the beginning and at the end of dumps.
    pub(crate) begun: u64,
    pub(crate) completed: u64,
    /// What the mark at the end has to say.
    pub(crate) last_mark: Option<&'static str>,
    /// A transaction that was begun before any data, and what became of it.
    pub(crate) transaction: Transaction,
    /// Whether the settings of a dump of PostgreSQL make a backslash special.
    backslashes: bool,
    /// A backslash before a quote was read as an ordinary byte, and another server would not read it so.
    pub(crate) is_ambiguous: bool,
    /// What the script ends in the middle of.
    pub(crate) inside: Option<Inside>,
    /// The beginning of the last statement.
    pub(crate) last: String,
}

/// A transaction around a dump is its mark at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Transaction {
    /// The data stands outside of any transaction.
    #[default]
    None,
    Open,
    Committed,
    RolledBack,
}

impl Script {
    /// True for a backslash that takes the next byte with it.
    pub(crate) fn escapes(&self, quote: u8, before: u8) -> bool {
        match self.dialect {
            Dialect::Mysql => true,
            Dialect::Sqlite => false,
            Dialect::Postgres | Dialect::Unknown => {
                quote == b'\'' && (self.backslashes || matches!(before, b'E' | b'e'))
            }
        }
    }

    pub(crate) fn psql_command(&mut self) {
        if self.dialect == Dialect::Unknown {
            self.dialect = Dialect::Postgres;
        }
    }

    /// A comment: the marks of dumps are comments.
    pub(crate) fn comment(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let text = text.trim_start_matches(['-', '#']).trim();
        match text {
            "PostgreSQL database dump" | "PostgreSQL database cluster dump" => {
                self.begin(Dialect::Postgres, "PostgreSQL database dump complete");
            }
            "PostgreSQL database dump complete" | "PostgreSQL database cluster dump complete" => {
                self.completed += 1;
            }
            _ if text.starts_with("MySQL dump ") || text.starts_with("MariaDB dump ") => {
                self.begin(Dialect::Mysql, "Dump completed");
            }
            _ if text.starts_with("Dump completed") => self.completed += 1,
            _ => {}
        }
    }

    fn begin(&mut self, dialect: Dialect, mark: &'static str) {
        self.dialect = dialect;
        self.begun += 1;
        self.last_mark = Some(mark);
    }

    /// A line that a program wrote into the file.
    pub(crate) fn said(&mut self, line: &[u8]) {
        self.said = Some(words(line));
    }

    /// A statement begins with these bytes.
    pub(crate) fn begins(&mut self, head: &[u8]) {
        self.last = words(head);
        let code = head.starts_with(b"/*!") || head.starts_with(b"/*M!");
        if self.dialect != Dialect::Unknown {
            return;
        }
        // Only MySQL has variables of a session.
        let session = memchr::memmem::find(head, b"@@").is_some() || head.starts_with(b"SET @");
        if code
            || session
            || head.iter().take_while(|byte| **byte != b'\'').any(|byte| *byte == b'`')
        {
            self.dialect = Dialect::Mysql;
        } else if first_word(head) == "PRAGMA" {
            self.dialect = Dialect::Sqlite;
        }
    }

    /// A statement has ended; true where rows follow it.
    pub(crate) fn ends(&mut self, head: &[u8], tail: &[u8]) -> bool {
        let word = first_word(head);
        if !WORDS.contains(&word.as_str()) {
            self.strange += 1;
            self.first_strange.get_or_insert_with(|| words(head));
            return false;
        }
        let any_data = self.statements > 0 && DATA.contains(&word.as_str());
        self.only_settings = word == "PRAGMA" && (self.statements == 0 || self.only_settings);
        self.statements += 1;
        let text = String::from_utf8_lossy(head).to_ascii_lowercase();
        match word.as_str() {
            "BEGIN" | "START" => self.transaction = Transaction::Open,
            "COMMIT" if self.transaction == Transaction::Open => {
                self.transaction = Transaction::Committed;
            }
            "ROLLBACK" if self.transaction == Transaction::Open => {
                self.transaction = Transaction::RolledBack;
            }
            "SET" if text.contains("standard_conforming_strings") => {
                self.backslashes = text.contains("off");
                self.dialect = Dialect::Postgres;
            }
            _ if any_data && self.transaction == Transaction::Committed => {
                // Data behind the transaction is not held by it.
                self.transaction = Transaction::None;
            }
            _ => {}
        }
        let tail = String::from_utf8_lossy(tail).to_ascii_lowercase();
        word == "COPY" && self.dialect != Dialect::Mysql && tail.contains("from stdin")
    }

    /// True where everything that ends is a statement of SQL, and there is one.
    pub(crate) fn is_sql(&self) -> bool {
        self.statements > 0 || self.begun > 0
    }
}

/// The first word of a statement in capitals, without the mark of conditional code.
pub(crate) fn first_word(head: &[u8]) -> String {
    let code = head.strip_prefix(b"/*M!").or_else(|| head.strip_prefix(b"/*!")).unwrap_or(head);
    let skip = |byte: &&u8| byte.is_ascii_digit() || byte.is_ascii_whitespace() || **byte == b'(';
    let word = code.iter().skip_while(skip).take_while(|byte| byte.is_ascii_alphabetic());
    word.map(|byte| char::from(byte.to_ascii_uppercase())).collect()
}

/// True where a statement may begin with `word`.
pub(crate) fn begins_a_statement(word: &str) -> bool {
    WORDS.contains(&word)
}

/// The beginning of some bytes as a reader can see it.
pub(crate) fn words(bytes: &[u8]) -> String {
    const MOST: usize = 120;
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.trim().chars().take(MOST).collect()
}
