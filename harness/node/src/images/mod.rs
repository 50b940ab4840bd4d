//! Images that no registry has: built here, sent to the local registry, pulled by digest.

mod base;
mod build;
mod cargo;
mod catalogue;
mod context;
mod error;
mod inputs;
mod list;
mod manifest;
mod pip;
mod push;
mod reference;
mod release;
mod resolve;

pub use build::{Action, Built};
pub use catalogue::Catalogue;
pub use error::ImageError;
pub use list::Listed;
pub use reference::{local_reference, registry_reference};
pub use release::Release;
