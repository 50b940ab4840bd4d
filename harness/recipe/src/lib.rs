//! Reads a recipe's files into a stack specification, with errors that name file, line and key.

mod compose;
mod env;
mod error;
mod manifest;
mod near;
mod order;
mod recipe;
mod resolve;
mod text;
mod yaml;

#[cfg(test)]
mod content_tests;

pub use env::EnvError;
pub use error::{FileDefect, RecipeError};
pub use manifest::{MANIFEST_SCHEMA, Manifest, ManifestError, Substitute};
pub use near::nearest;
pub use order::compare_versions;
pub use recipe::Recipe;
pub use resolve::{Instance, Resolved};
pub use text::Place;
pub use yaml::{Problem, ProblemKind};
