//! Why a suite cannot be used.

use std::path::PathBuf;

use thiserror::Error;

/// Why a suite cannot be used; always our own fault, never the recipe's.
#[derive(Debug, Error)]
pub enum SuiteError {
    /// The file cannot be read.
    #[error("cannot read suite {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a suite.
    #[error("suite {}:{line}: {message}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is there and what was expected.
        message: String,
    },
    /// Two checks of one tier have the same name, or a name is not one.
    #[error("suite {}:{line}: {message}", path.display())]
    Check {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// Which check and what is wrong with it.
        message: String,
    },
    /// The file was written for a newer harness.
    #[error("suite {}: schema {found} is newer than the {known} this harness knows", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// The file's schema.
        found: u32,
        /// The newest known one.
        known: u32,
    },
}
