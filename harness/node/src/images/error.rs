//! What can be wrong with an image.

use std::path::PathBuf;

use cc_ci_engine::EngineError;
use thiserror::Error;

use crate::infra::InfraError;
use crate::{CommandError, LockError};

/// What can be wrong with an image.
#[derive(Debug, Error)]
pub enum ImageError {
    /// A file or folder cannot be read or written.
    #[error("{path} cannot be {verb}: {source}", path = path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// `read` or `written`.
        verb: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A manifest is not as it should be.
    #[error("{path}:{line}: {message}", path = path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What was found and what was expected.
        message: String,
    },
    /// No image of that name.
    #[error("there is no image {name}{}", hint(near))]
    Unknown {
        /// What was asked for.
        name: String,
        /// A name that is nearly the same.
        near: Option<String>,
    },
    /// The image is known but was never built or sent to the registry here.
    #[error("image {name} is not in the local registry (hint: run `cc-ci images build {name}`)")]
    NotBuilt {
        /// Its name.
        name: String,
    },
    /// The registry has another image under the tag than the one that was built here.
    #[error(
        "image {name} in the local registry ({stored}) is not the one that was built here \
         ({built}) (hint: `cc-ci images push {name}` sends the built one)"
    )]
    Differs {
        /// Its name.
        name: String,
        /// Digest of what the registry has.
        stored: String,
        /// Id of what the engine has.
        built: String,
    },
    /// No base image could be had.
    #[error("base image {reference} can neither be pulled ({pull}) nor made: {source}")]
    Base {
        /// The base.
        reference: String,
        /// Why it could not be pulled.
        pull: String,
        /// Why it could not be made.
        source: CommandError,
    },
    /// The engine refused.
    #[error("image {name}: {source}")]
    Engine {
        /// The image.
        name: String,
        /// What the engine said.
        source: EngineError,
    },
    /// A command of the system failed.
    #[error("image {name}: {source}")]
    Command {
        /// The image.
        name: String,
        /// The command and what it said.
        source: CommandError,
    },
    /// Several images could not be made.
    #[error("{}", several(errors, lost))]
    Several {
        /// What went wrong, at least one.
        errors: Vec<ImageError>,
        /// Images that nothing is wrong with, but that need what could not be made.
        lost: Vec<String>,
    },
    /// The local registry is not there.
    #[error(transparent)]
    Registry(#[from] InfraError),
    /// Another process could not be waited for.
    #[error(transparent)]
    Lock(#[from] LockError),
}

fn hint(near: &Option<String>) -> String {
    near.as_ref().map_or_else(String::new, |near| format!(" (hint: did you mean {near}?)"))
}

fn several(errors: &[ImageError], lost: &[String]) -> String {
    let mut lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    if !lost.is_empty() {
        lines.push(format!("not made without it: {}", lost.join(", ")));
    }
    lines.join("\n")
}

impl ImageError {
    /// One error of all that went wrong; nothing where nothing did. An engine that is gone explains all others.
    pub(super) fn of_all(errors: Vec<Self>, lost: Vec<String>) -> Option<Self> {
        let is_gone = |error: &Self| {
            matches!(error, Self::Engine { source: EngineError::Unreachable { .. }, .. })
        };
        let alone = errors.len() == 1 && lost.is_empty();
        let at = if alone { Some(0) } else { errors.iter().position(is_gone) };
        match at {
            Some(at) => errors.into_iter().nth(at),
            None => (!errors.is_empty()).then_some(Self::Several { errors, lost }),
        }
    }

    pub(super) fn read(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, verb: "read", source }
    }

    pub(super) fn write(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, verb: "written", source }
    }

    pub(super) fn engine(name: impl Into<String>) -> impl FnOnce(EngineError) -> Self {
        let name = name.into();
        move |source| Self::Engine { name, source }
    }

    pub(super) fn command(name: impl Into<String>) -> impl FnOnce(CommandError) -> Self {
        let name = name.into();
        move |source| Self::Command { name, source }
    }
}
