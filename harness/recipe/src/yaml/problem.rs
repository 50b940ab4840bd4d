//! What is wrong with a file, and where.

use std::fmt;

use thiserror::Error;

use crate::Place;
use crate::text::{cut, visible};

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProblemKind {
    /// It is not YAML.
    #[error("not valid YAML: {0}")]
    Syntax(String),
    /// The file is too large, too deep, or grows too much through its aliases.
    #[error("{what} exceeds the limit of {limit}")]
    Budget {
        /// What is too large.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A key stands twice in one mapping.
    #[error("key stands twice; first in line {first}")]
    DuplicateKey {
        /// Line of the first.
        first: usize,
    },
    /// A key that compose files do not have here.
    #[error("unknown key{}", did_you_mean(.near))]
    UnknownKey {
        /// The key that was probably meant.
        near: Option<String>,
    },
    /// A key that the version of the file does not have.
    #[error("key exists since version 3.{since} of the format, and the file says 3.{version}")]
    NewerKey {
        /// Minor version that brought the key.
        since: u8,
        /// Minor version that the file names.
        version: u8,
    },
    /// A key that must be there is not.
    #[error("key `{key}` is missing")]
    MissingKey {
        /// The key.
        key: String,
    },
    /// Something of another type was expected.
    #[error("found {found}, expected {expected}")]
    WrongType {
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// The type is right and the value is not.
    #[error("{value:?} is not {expected}")]
    BadValue {
        /// The value.
        value: String,
        /// What was expected.
        expected: String,
    },
    /// A service names an object that the file does not declare.
    #[error("{kind} `{name}` is not declared under `{kind}s`{}", did_you_mean(.near))]
    Undeclared {
        /// `network`, `volume`, `secret` or `config`.
        kind: &'static str,
        /// The name.
        name: String,
        /// The name that was probably meant.
        near: Option<String>,
    },
    /// A variable reference that cannot be carried out.
    #[error("{0}")]
    Interpolation(String),
    /// Valid elsewhere, but not supported here.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// Two keys contradict each other.
    #[error("{0}")]
    Conflict(String),
    /// A name is longer than Swarm allows.
    #[error("name {name:?} has {length} characters; Swarm allows {limit}")]
    LongName {
        /// The name.
        name: String,
        /// Its length.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// A file that the recipe names cannot be used.
    #[error("file {path:?} {defect}")]
    File {
        /// The path as written.
        path: String,
        /// What is wrong with it.
        defect: String,
    },
    /// A secret that must not be generated has no value.
    #[error("secret `{name}` is marked `generate=false` and has no value")]
    NoSecretValue {
        /// Compose name of the secret.
        name: String,
    },
}

fn did_you_mean(near: &Option<String>) -> String {
    near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// What is wrong, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File, line and column.
    pub place: Place,
    /// The keys that lead there, as `services.app.ports[0]`; empty for the whole file.
    pub path: Box<str>,
    /// What is wrong.
    pub kind: ProblemKind,
    /// What to do about it.
    pub hint: Option<Box<str>>,
}

impl Problem {
    pub(crate) fn new(place: &Place, path: impl Into<Box<str>>, kind: ProblemKind) -> Self {
        Self { place: place.clone(), path: path.into(), kind, hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<Box<str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The most characters of one part of a message: a hostile text can be of any length.
const MOST: usize = 300;

fn part(text: &str) -> String {
    cut(text, MOST).chars().map(visible).collect()
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", part(&self.path))?;
        }
        write!(f, "{}", part(&self.kind.to_string()))?;
        let excerpt = self.place.excerpt();
        if !excerpt.is_empty() {
            write!(f, "\n{excerpt}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {}", part(hint))?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
