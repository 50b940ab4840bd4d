//! A recipe's environment: `.env.sample`, `abra.sh` and variable references.

mod abra;
mod error;
mod interpolate;
mod line;
mod sample;
mod secret;
mod walk;

pub(crate) use abra::read_abra;
pub use error::EnvError;
pub(crate) use sample::{Sample, read_sample};
pub(crate) use secret::Modifier;
pub(crate) use walk::interpolate_sections;
