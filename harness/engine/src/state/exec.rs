//! Commands in containers.

use std::collections::BTreeMap;
use std::time::Duration;

use cc_ci_model::Secret;

/// The exit code of a process that SIGKILL ended: 128 and the number of the signal, as engines and shells report it.
pub const KILLED: i64 = 137;

/// A command to run in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecSpec {
    /// The command and its arguments; no shell unless it names one.
    pub command: Vec<String>,
    /// Environment: names and values.
    pub environment: BTreeMap<String, Secret>,
    /// User; the container's own where absent.
    pub user: Option<String>,
    /// Bytes for its stdin.
    pub stdin: Option<Secret>,
    /// Time allowed; past it the answer is [`EngineError::Timeout`](crate::EngineError::Timeout).
    pub limit: Duration,
}

impl ExecSpec {
    /// Runs `command` with a minute's time.
    pub fn new<S: Into<String>>(command: impl IntoIterator<Item = S>) -> Self {
        Self {
            command: command.into_iter().map(Into::into).collect(),
            environment: BTreeMap::new(),
            user: None,
            stdin: None,
            limit: Duration::from_secs(60),
        }
    }

    /// Runs `script` with `/bin/sh -c` and a minute's time.
    pub fn sh(script: impl Into<String>) -> Self {
        Self::new(["/bin/sh".to_owned(), "-c".to_owned(), script.into()])
    }

    /// Sets the time allowed.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Gives it bytes to read.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Secret>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }
}

/// What a command in a container left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExecOutput {
    /// Its exit code.
    pub exit_code: i64,
    /// Its output.
    pub stdout: Vec<u8>,
    /// Its error output.
    pub stderr: Vec<u8>,
}

impl ExecOutput {
    /// True where it ended with 0.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.exit_code == 0
    }

    /// Its output as text, without white space at the ends.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim().to_owned()
    }

    /// Error output, else output, as text: what a reader wants to see when it failed.
    #[must_use]
    ///
    /// At most its last 4,000 characters: an endless complaint is no message.
    pub fn complaint(&self) -> String {
        const MOST: usize = 4000;
        let said = if self.stderr.trim_ascii().is_empty() { &self.stdout } else { &self.stderr };
        // A character has at most four bytes.
        let end = &said[said.len().saturating_sub(4 * MOST)..];
        let text = String::from_utf8_lossy(end).trim().to_owned();
        let skip = text.chars().count().saturating_sub(MOST);
        text.chars().skip(skip).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_trimmed_and_bounded() {
        let said = |stdout: &str, stderr: &str| ExecOutput {
            exit_code: 1,
            stdout: stdout.into(),
            stderr: stderr.into(),
        };
        assert_eq!(said(" out\n", "err\n").text(), "out");
        assert_eq!(said("out\n", " err\n").complaint(), "err");
        assert_eq!(said("out\n", " \n").complaint(), "out");
        let long = format!("{}end", "ü".repeat(5000));
        let kept = said("", &long).complaint();
        assert_eq!((kept.chars().count(), kept.ends_with("end")), (4000, true));
    }
}
