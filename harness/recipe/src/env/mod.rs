//! A recipe's environment: `.env.sample`, `abra.sh` and variable references.

mod abra;
mod error;
mod interpolate;
mod line;
mod lines;
mod plain;
mod sample;
mod secret;
mod walk;

pub(crate) use abra::read_abra;
pub use error::EnvError;
pub(crate) use interpolate::{interpolate, name_at};
pub use lines::EnvLine;
pub(crate) use lines::env_lines;
pub(crate) use plain::name_of_line;
pub(crate) use sample::{Sample, read_sample};
pub(crate) use secret::Modifier;
pub(crate) use walk::interpolate_all;
