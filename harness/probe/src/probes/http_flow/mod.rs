//! `http_flow`: several requests one after the other in one session, as a person or a client makes
//! them. What an answer says can be captured and used in the requests after it.

mod captured;
mod flow;
mod html;
mod json;
mod mask;
mod payload;
mod request;
mod source;
mod step;
mod text;

#[cfg(test)]
mod tests;

pub(crate) use flow::KIND;
