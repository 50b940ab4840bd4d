//! What a reading comes to.

/// What became of a dump that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was read to its end, and its form shows that this is its end.
    Whole,
    /// It ends in the middle of something or holds nothing: the end of a sentence that begins with its name
    /// and `is`.
    Broken(String),
    /// It was read to its end, and its form cannot show whether anything is missing: the reason.
    Unproven(String),
}

impl Verdict {
    pub(crate) fn broken(words: impl Into<String>) -> Self {
        Self::Broken(words.into())
    }

    pub(crate) fn unproven(words: impl Into<String>) -> Self {
        Self::Unproven(words.into())
    }
}

/// The kind of server whose data a dump is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// PostgreSQL.
    Postgres,
    /// MariaDB or MySQL.
    Mysql,
    /// SQLite.
    Sqlite,
    /// Redis or Valkey.
    Redis,
    /// MongoDB.
    Mongo,
}

/// What was found in one dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Whether it is whole.
    pub verdict: Verdict,
    /// Its form, from the outside in: `gzip`, `PostgreSQL script`.
    pub form: Vec<&'static str>,
    /// Whose data it is, where the form says so.
    pub source: Option<Source>,
    /// Bytes read, as they lie on the disk.
    pub bytes: u64,
    /// Those of the words that were looked for that are in it.
    pub holds: Vec<String>,
}
