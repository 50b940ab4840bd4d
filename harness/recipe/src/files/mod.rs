//! A version's files as they stand: everything that can be said about a recipe without deploying
//! it.

mod listing;
mod read;
mod types;

#[cfg(test)]
mod tests;

pub use types::{ComposeFile, Files, Overlay};
