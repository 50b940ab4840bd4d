//! Git, as a program that is trusted and repositories that are not.

mod changed;
mod failure;
mod locked;
mod mirror;
mod program;
mod reference;
mod refs;
mod resolve;
mod tree;

pub(crate) use mirror::{Fetched, Mirror, Origin};
pub use program::GitProgram;
pub(crate) use program::Run;
pub use reference::Reference;
pub(crate) use refs::Refs;
