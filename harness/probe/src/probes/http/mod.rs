//! `http`: one request, one answer; redirects are an answer like any other.

mod answer;
mod client;
mod exchange;
mod expectation;
mod proxy;
mod route;
mod url;

#[cfg(test)]
mod tests;

pub(crate) use client::KIND;
