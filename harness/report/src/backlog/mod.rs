//! `BACKLOG-<phase>.md`: what is to be done, and what the adversary found.

mod findings;
mod gate;
mod render;

pub use findings::{FINDINGS_HEADING, findings};
pub use gate::Gate;
pub use render::{file_name, render};

#[cfg(test)]
mod tests;
