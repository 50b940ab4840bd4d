//! A merged compose file as rules see it: lenient, because what is refused is one rule's business,
//! and every part with its place.

mod parts;
mod service;
mod view;

pub(crate) use parts::{Pair, Used};
pub(crate) use service::Service;
pub(crate) use view::{Stack, word};
