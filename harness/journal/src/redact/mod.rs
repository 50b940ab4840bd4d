//! Keeps secrets out of everything that is written.

mod flat;
mod forms;
mod index;
mod masks;
mod redactor;
#[cfg(test)]
mod tests;
mod word;

pub(crate) use masks::Masks;
pub use redactor::Redactor;
