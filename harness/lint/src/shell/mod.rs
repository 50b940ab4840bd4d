//! What a shell script seems to do. Nothing is executed and nothing is certain: each finder says
//! in which cases it is silent.

mod download;
mod dump;
mod split;

pub(crate) use download::downloads;
pub(crate) use dump::{Dump, dumps};
