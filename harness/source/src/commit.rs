//! The name of a commit, whole.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A commit by its full name, never abbreviated: a short one can come to mean another commit.
///
/// 40 hexadecimal digits, or 64 in a repository that counts with SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Commit(String);

/// What was given is not the full name of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a full commit name: 40 (or 64) hexadecimal digits in lower case")]
pub struct CommitError(String);

impl Commit {
    /// Checks the form of `value`.
    ///
    /// # Errors
    /// It is not a full name.
    pub fn new(value: impl Into<String>) -> Result<Self, CommitError> {
        let value = value.into();
        let digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if [40, 64].contains(&value.len()) && value.bytes().all(digit) {
            Ok(Self(value))
        } else {
            Err(CommitError(value))
        }
    }

    /// The full name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve digits, for names that a person reads.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.0[..12]
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Commit {
    type Err = CommitError;
    fn from_str(value: &str) -> Result<Self, CommitError> {
        Self::new(value)
    }
}

impl TryFrom<String> for Commit {
    type Error = CommitError;
    fn try_from(value: String) -> Result<Self, CommitError> {
        Self::new(value)
    }
}

impl From<Commit> for String {
    fn from(commit: Commit) -> String {
        commit.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_name_is_one() {
        let whole = "0123456789abcdef0123456789abcdef01234567";
        let commit = Commit::new(whole).unwrap();
        assert_eq!((commit.as_str(), commit.short()), (whole, "0123456789ab"));
        let json = serde_json::to_string(&commit).unwrap();
        assert_eq!(serde_json::from_str::<Commit>(&json).unwrap(), commit);
        for odd in ["", "0123456", &whole[1..], &whole.to_uppercase(), &format!("{whole}0")] {
            assert_eq!(Commit::new(odd).unwrap_err(), CommitError(odd.to_owned()));
        }
    }
}
