//! Reads a dump to its end and judges whether it is whole; pure, over any `Read`.

mod aof;
mod bson;
mod compressed;
mod crc64;
mod form;
mod json;
mod layer;
mod lzip;
mod members;
mod mongodump;
mod needle;
mod peek;
mod pgdmp;
mod rdb;
mod read;
mod script;
mod sevenzip;
mod sql;
mod sqlite;
mod tarball;
mod text;
mod toc;
mod verdict;
mod zip;

pub use form::called_like_a_dump;
pub use read::read;
pub use verdict::{Reading, Source, Verdict};
