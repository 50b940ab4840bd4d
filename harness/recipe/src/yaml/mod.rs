//! YAML as a tree in which each node knows its place.

mod budget;
mod load;
mod merge_key;
mod node;
mod problem;
mod read;
mod scalar;
mod trail;

pub(crate) use budget::Budget;
pub(crate) use load::load;
pub use node::{Entry, Node, Value};
pub use problem::{Problem, ProblemKind};
pub(crate) use read::{At, Fields};
pub use scalar::Scalar;
pub(crate) use scalar::{Kind, parse_decimal};
pub(crate) use trail::Trail;
