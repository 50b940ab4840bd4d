//! Brings recipes from folders and git repositories into checkouts of exact commits.
//!
//! Beside that, a pure judgement about what was brought: which version an upgrade starts from
//! ([`choose_base`]).

mod address;
mod base;
mod commit;
mod error;
mod folder;
mod git;
mod label;
mod opened;
mod point;
mod source_id;
mod sources;
mod warning;

pub use address::{Address, Remote};
pub use base::{BaseKind, BasePlan, GreenError, Greens, LastGreen, choose_base};
pub use commit::{Commit, CommitError};
pub use error::SourceError;
pub use git::{GitProgram, Reference};
pub use opened::Opened;
pub use point::{MainTip, Place, Point};
pub use source_id::SourceId;
pub use sources::{Limits, Sources};
pub use warning::Warning;
