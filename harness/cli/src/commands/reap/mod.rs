//! `cc-ci reap`: what ended runs left, and nothing else.

mod beside;
mod command;
mod plan;
mod survey;

pub(super) use command::run;
