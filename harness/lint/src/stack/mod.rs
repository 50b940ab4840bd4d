//! A merged compose file as rules see it, with the place of every part. Reading is lenient: one rule reports
//! what the parser refuses.

mod parts;
mod service;
mod view;

pub(crate) use parts::{Pair, Used};
pub(crate) use service::Service;
pub(crate) use view::{Stack, word};
