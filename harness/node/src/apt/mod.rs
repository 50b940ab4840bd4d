//! Where this machine gets its packages from, for images that get theirs from the same place.

mod mirrors;
mod options;
mod sources;

pub(crate) use mirrors::Mirrors;
pub(crate) use options::options;
