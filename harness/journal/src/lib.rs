//! What is written down and read again: events, evidence, redaction.
//!
//! A run folder holds `events.jsonl`, append-only, and `evidence/<sha256>`. Both pass the redactor
//! before they are written. Everything else that a run leaves is computed from them.

mod bound;
mod clock;
mod journal;
mod read;
mod redact;

pub use clock::{Clock, SystemClock};
pub use journal::{EvidenceStore, Journal, JournalError, Scan};
pub use read::{ReadError, read_events};
