//! Who holds a lock.

use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::process;

/// Longest name of a run that is believed; a lock file can be written by any user of the engine.
const LONGEST: usize = 80;

/// Who asks for a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The run, or the command where there is none, as `doctor`.
    pub run: String,
}

impl Who {
    /// This process, in the name of `run`.
    pub fn run(run: impl Into<String>) -> Self {
        Self { run: run.into() }
    }

    pub(crate) fn note(&self) -> Vec<u8> {
        let pid = std::process::id();
        let note = Note {
            protocol: crate::PROTOCOL,
            run: self.run.clone(),
            pid,
            started: process::started(pid),
            space: process::namespace(),
        };
        serde_json::to_vec(&note).unwrap_or_default()
    }
}

/// What a process writes into its lock file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Note {
    protocol: u32,
    run: String,
    pid: u32,
    started: Option<u64>,
    space: String,
}

impl Note {
    /// True only where the process that wrote the note has certainly ended.
    pub(crate) fn is_of_the_dead(&self) -> bool {
        process::is_gone(&self.space, self.pid, self.started)
    }
}

/// Who holds a lock, or stands before somebody in its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The run, or the command; empty where the file does not say.
    pub run: String,
    /// Its process; 0 where the file does not say.
    pub pid: u32,
    /// Name of the user who owns the file, or the number.
    pub user: String,
    /// Since when it holds the lock, or when it asked for it.
    pub since: Option<Timestamp>,
}

impl Holder {
    /// User and time come from the file system: the content could claim anything.
    pub(crate) fn of(note: Option<&Note>, file: &Metadata) -> Self {
        let plain = |text: &str| -> String {
            let good = |c: char| c.is_ascii_alphanumeric() || "-_.+ /:".contains(c);
            text.chars().map(|c| if good(c) { c } else { '?' }).take(LONGEST).collect()
        };
        Self {
            run: note.map(|note| plain(&note.run)).unwrap_or_default(),
            pid: note.map_or(0, |note| note.pid),
            user: user(file.uid()),
            since: Timestamp::new(file.mtime(), 0).ok(),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.run.as_str() {
            "" => f.write_str("an unnamed process")?,
            run => write!(f, "run {run}")?,
        }
        match self.pid {
            0 => write!(f, " (user {}", self.user)?,
            pid => write!(f, " (pid {pid}, user {}", self.user)?,
        }
        match self.since {
            Some(since) => write!(f, ", since {})", since.strftime("%H:%M:%S UTC")),
            None => f.write_str(")"),
        }
    }
}

/// The name of a user as the machine's own list has it, else the number.
pub(crate) fn user(uid: u32) -> String {
    let list = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let found = list.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    });
    found.unwrap_or_else(|| uid.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_is_told_in_one_line_whatever_its_file_claims() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let meta = file.as_file().metadata().unwrap();
        let note = Note {
            protocol: 2,
            run: "r1\n\u{1b}[31mx".to_owned(),
            pid: 7,
            started: None,
            space: String::new(),
        };
        let mut holder = Holder::of(Some(&note), &meta);
        holder.since = Some("2026-01-02T03:04:05Z".parse().unwrap());
        holder.user = "root".to_owned();
        assert_eq!(
            holder.to_string(),
            "run r1??[31mx (pid 7, user root, since 03:04:05 UTC)".replace('[', "?")
        );
        let unknown = Holder { since: None, user: "root".into(), ..Holder::of(None, &meta) };
        assert_eq!(unknown.to_string(), "an unnamed process (user root)");
    }

    #[test]
    fn users_have_names() {
        assert_eq!(user(0), "root");
        assert_eq!(user(4_000_000_001), "4000000001");
    }
}
