//! Keeps secrets out of everything that is written.

mod flat;
mod forms;
mod index;
mod redactor;
#[cfg(test)]
mod tests;
mod word;

pub use redactor::Redactor;
