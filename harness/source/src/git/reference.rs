//! What is to be tested of a repository, as typed.

use std::fmt;

use crate::{Commit, SourceError};

/// What is to be tested of a repository, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A tag, a branch or an abbreviated commit.
    Name(String),
    /// A whole name such as `refs/pull/7/head`; `pull/7/head` is short for it.
    Full(String),
    /// A commit.
    Commit(Commit),
}

impl Reference {
    /// Checks the form of `text` by the rules of `git check-ref-format`, so that nothing that
    /// begins with `-` or means something else to git (`main:file`, `main~3`, `@{-1}`) gets there.
    ///
    /// # Errors
    /// It is no name.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        let refuse = |reason| SourceError::Reference { text: text.to_owned(), reason };
        if text.is_empty() {
            return Err(refuse("it is empty"));
        }
        if text.starts_with(['-', '+', '.', '/']) || text.contains("/.") {
            return Err(refuse("a name cannot begin like that"));
        }
        let odd = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c);
        if text.contains(odd) || text.contains("..") || text.contains("@{") || text.contains("//") {
            return Err(refuse("it holds characters that no name has"));
        }
        if text.ends_with(['/', '.']) || text.split('/').any(|piece| piece.ends_with(".lock")) {
            return Err(refuse("a name cannot end like that"));
        }
        if let Ok(commit) = Commit::new(text) {
            return Ok(Self::Commit(commit));
        }
        if text.starts_with("refs/") {
            return Ok(Self::Full(text.to_owned()));
        }
        let request = ["pull/", "merge-requests/"].iter().any(|kind| text.starts_with(kind));
        Ok(if request && text.ends_with("/head") {
            Self::Full(format!("refs/{text}"))
        } else {
            Self::Name(text.to_owned())
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(text) | Self::Full(text) => f.pad(text),
            Self::Commit(commit) => commit.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::branch("feature/x", Reference::Name("feature/x".into()))]
    #[case::tag("1.0.0+1.26.3", Reference::Name("1.0.0+1.26.3".into()))]
    #[case::short("0123abc", Reference::Name("0123abc".into()))]
    #[case::pull("pull/7/head", Reference::Full("refs/pull/7/head".into()))]
    #[case::full("refs/heads/main", Reference::Full("refs/heads/main".into()))]
    #[case::commit(
        "0123456789abcdef0123456789abcdef01234567",
        Reference::Commit(Commit::new("0123456789abcdef0123456789abcdef01234567").unwrap())
    )]
    fn is_understood(#[case] text: &str, #[case] reference: Reference) {
        assert_eq!(Reference::parse(text).unwrap(), reference);
    }

    #[rstest::rstest]
    #[case::empty("")]
    #[case::option("--output=/etc/passwd")]
    #[case::force("+main")]
    #[case::file_of_a_commit("main:compose.yml")]
    #[case::ancestor("main~3")]
    #[case::range("a..b")]
    #[case::reflog("@{-1}")]
    #[case::blank("a b")]
    #[case::lock("main.lock")]
    #[case::glob("refs/*")]
    #[case::hidden("refs/.x")]
    fn is_refused(#[case] text: &str) {
        assert!(matches!(Reference::parse(text), Err(SourceError::Reference { .. })));
    }
}
