//! What is written down and read again: events, their tree, evidence, redaction, older versions.
//!
//! A run folder holds `events.jsonl`, append-only, `evidence/<sha256>`, and `checkpoint`, the root of the tree
//! over the events. Events and evidence pass the redactor before they are written. Everything else that a run
//! leaves is computed from them.

mod bound;
mod checkpoint;
mod clock;
mod foreign;
mod journal;
mod line;
mod place;
mod read;
mod redact;
mod resume;
mod scan;
mod strength;
mod strings;
mod take_back;
#[cfg(test)]
mod testing;
mod tree;
mod typed;
mod upcast;
mod whole;

pub use checkpoint::{CHECKPOINT, Checkpoint};
pub use clock::{Clock, SystemClock};
pub use journal::{EvidenceStore, Journal, JournalError};
pub use read::{Events, ReadError, ReadLine, read_events};
pub use redact::Redactor;
pub use resume::{ResumeError, killed_run};
pub use scan::Scan;
pub use strength::{bits, is_secret_name, passwords_in_urls};
pub use tree::{Hash, Tree, from_hex, hex};
pub use whole::{remove, write_run};
