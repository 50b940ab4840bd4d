//! Reads a recipe's files into a stack specification, with errors that name file, line and key.

mod chain;
mod changed;
mod compose;
mod env;
mod error;
mod files;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod input;
mod labels;
mod manifest;
mod normal;
mod order;
mod places;
mod recipe;
mod render;
mod resolve;
mod sample_hosts;
mod shape;
mod text;
mod yaml;

#[cfg(test)]
mod content_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod input_tests;
#[cfg(test)]
mod message_tests;

pub use cc_ci_model::nearest;
pub use changed::{Changed, changed_configs};
pub use env::{EnvError, EnvLine};
pub use error::{FileDefect, RecipeError};
pub use files::{ComposeFile, Files, Overlay};
pub use input::Input;
pub use labels::{AbraLabels, timeout};
pub use manifest::{Granted, MANIFEST_SCHEMA, Manifest, ManifestError, Substitute};
pub use order::compare_versions;
pub use places::Places;
pub use recipe::Recipe;
pub use render::Rendered;
pub use resolve::{Instance, Resolved};
pub use text::Place;
pub use yaml::{Entry, Node, Problem, ProblemKind, Scalar, Value};
