//! Reports as text and for machines.

mod json;
mod reference;
mod sarif;
mod text;

pub use json::json;
pub use reference::reference;
pub use sarif::sarif;
pub use text::text;
