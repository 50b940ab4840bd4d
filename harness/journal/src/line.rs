//! One line of `events.jsonl`: the record's head, then what the record says.
//!
//! ```text
//! {"v":"2.0","seq":7,"at":"…","unit":"…","attempt":1,"prev":"<leaf of line 6>","event":{…}}
//! ```
//!
//! The leaf of a line is the RFC 6962 hash of the line in which the hash of the event stands in the event's
//! place. An event can therefore be replaced by its hash ([`Event::Removed`]) without a change of the tree.

use std::io;

use cc_ci_model::{Event, EventsVersion, Leg, Record, UnitId, sha256_hex};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::tree::{self, Hash};

/// What stands between the head and the event. No value of a head can hold it: heads hold no free text.
const EVENT: &[u8] = b",\"event\":";

/// Everything of a line but the event.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) v: EventsVersion,
    pub(crate) seq: u64,
    pub(crate) at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unit: Option<UnitId>,
    pub(crate) attempt: u32,
    #[serde(default, skip_serializing_if = "Leg::is_main")]
    pub(crate) leg: Leg,
    /// The leaf of the line before; absent in the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) prev: Option<String>,
}

/// A line as it is written.
pub(crate) struct Line {
    /// With its line break.
    pub(crate) bytes: Vec<u8>,
    pub(crate) leaf: Hash,
}

/// The line of `record`, which follows the line with the leaf `prev`.
pub(crate) fn written(record: &Record, prev: Option<&Hash>) -> io::Result<Line> {
    of(record, &serde_json::to_vec(&record.event)?, prev)
}

/// As [`written`], with the JSON of the record's event.
pub(crate) fn of(record: &Record, json: &[u8], prev: Option<&Hash>) -> io::Result<Line> {
    let Record { v, seq, at, unit, attempt, leg, event } = record;
    let (v, seq, at, attempt, leg) = (*v, *seq, *at, *attempt, *leg);
    let unit = unit.clone();
    let head = Head { v, seq, at, unit, attempt, leg, prev: prev.map(tree::hex) };
    let mut bytes = serde_json::to_vec(&head)?;
    bytes.pop();
    bytes.extend_from_slice(EVENT);
    let leaf = leaf(&bytes, &event_hash(json, event));
    bytes.extend_from_slice(json);
    bytes.extend_from_slice(b"}\n");
    Ok(Line { bytes, leaf })
}

/// A line as it stands in a file: the bytes up to the event, and the event.
pub(crate) fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let at = memchr::memmem::find(text, EVENT)?;
    let (head, event) = text.split_at(at + EVENT.len());
    Some((head, event.strip_suffix(b"}")?))
}

/// The head of a line, from the bytes up to the event.
pub(crate) fn head(bytes: &[u8]) -> Result<Head, serde_json::Error> {
    let mut json = bytes.strip_suffix(EVENT).unwrap_or(bytes).to_vec();
    json.push(b'}');
    serde_json::from_slice(&json)
}

/// The hash of an event. A removed event holds the hash of the event in whose place it stands.
pub(crate) fn event_hash(bytes: &[u8], event: &Event) -> String {
    match event {
        Event::Removed { sha256, reason: _ } => sha256.clone(),
        _ => sha256_hex(bytes),
    }
}

/// The leaf of a line, from the bytes up to its event and the hash of the event.
pub(crate) fn leaf(head: &[u8], event_hash: &str) -> Hash {
    tree::leaf(&[head, b"\"", event_hash.as_bytes(), b"\"}"])
}
