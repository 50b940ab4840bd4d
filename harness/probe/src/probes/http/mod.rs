//! `http`: one request, one answer; redirects are an answer like any other.

mod answer;
mod ask;
mod client;
mod exchange;
mod expectation;
mod proxy;
mod route;
mod url;

#[cfg(test)]
pub(super) mod tests;

pub(super) use answer::Answer;
pub(super) use ask::{Journey, ask, read_method, read_verify};
pub(crate) use client::KIND;
pub(super) use expectation::Expectation;
pub(super) use url::Url;
