//! What is written down and read again: events, evidence, redaction.
//!
//! A run folder holds `events.jsonl`, append-only, and `evidence/<sha256>`. Both pass the redactor
//! before they are written. Everything else that a run leaves is computed from them.

mod bound;
mod clock;
mod journal;
mod place;
mod read;
mod redact;
mod scan;
mod strength;
#[cfg(test)]
mod testing;
mod typed;

pub use clock::{Clock, SystemClock};
pub use journal::{EvidenceStore, Journal, JournalError};
pub use read::{ReadError, read_events};
pub use redact::Redactor;
pub use scan::Scan;
pub use strength::{bits, is_secret_name, passwords_in_urls};
