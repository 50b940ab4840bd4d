//! Every value of one compose file in its long form, checked against the keys of the format.
//!
//! The engine's command line does the same before it lays files over each other, so what
//! [`merge`](crate::compose) merges has to be in this form already.

mod attached;
mod env_file;
mod leaf;
mod lists;
mod make;
mod names;
mod node;

pub(crate) use make::list;
pub(crate) use node::normal;
