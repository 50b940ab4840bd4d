//! Images that no registry has: built here, sent to the local registry, pulled by digest.

mod base;
mod built;
mod cargo;
mod catalogue;
mod context;
mod error;
mod inputs;
mod list;
mod making;
mod manifest;
mod pip;
mod push;
mod queue;
mod reference;
mod release;
mod resolve;
mod shares;
mod watch;
mod work;

pub use built::{Action, Built};
pub use catalogue::Catalogue;
pub use error::ImageError;
pub use list::Listed;
pub use making::Making;
pub use reference::{local_reference, registry_reference};
pub use release::Release;
pub use watch::{Step, Watch};
