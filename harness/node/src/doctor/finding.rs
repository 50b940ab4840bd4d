//! What the doctor found.

use serde::Serialize;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Ok,
    /// Works, with a limit that the reader should know.
    Warn,
    /// Does not work like this.
    Bad,
}

/// One thing about the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable name, as `engine.version`.
    pub id: &'static str,
    /// How grave it is.
    pub status: Status,
    /// What was looked at, for a reader.
    pub what: &'static str,
    /// What was found.
    pub reason: String,
    /// What to do about it, often a command.
    pub remedy: Option<String>,
}

/// What a check says; the list adds its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: Status,
    pub(crate) reason: String,
    pub(crate) remedy: Option<String>,
}

impl Answer {
    pub(crate) fn ok(reason: impl Into<String>) -> Self {
        Self { status: Status::Ok, reason: reason.into(), remedy: None }
    }

    pub(crate) fn warn(reason: impl Into<String>) -> Self {
        Self { status: Status::Warn, reason: reason.into(), remedy: None }
    }

    pub(crate) fn bad(reason: impl Into<String>) -> Self {
        Self { status: Status::Bad, reason: reason.into(), remedy: None }
    }

    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}
