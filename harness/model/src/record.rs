//! One line of `events.jsonl`, and the version of its format.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Event, Leg, UnitId};

/// Version of the line format that this harness writes. 2.1 added `observed`, 2.2 the leg of a record and `not_begun`,
/// 2.3 `compared`, `program_known`, `files_read` and `evidence_removed`, 2.4
/// `limit_stretched`, `predicted`, `trouble_known`, `memory_peak`, `node_stalled` and `resumed`.
pub const EVENTS_SCHEMA: EventsVersion = EventsVersion { major: 2, minor: 4 };

/// Version of the line format.
///
/// A minor version may add kinds of events, and fields to kinds that there are. Everything else (a field that
/// goes or means something else, a new kind of fault in an old field) is a major version, and each major
/// version has an upcast from the one before (`journal/src/upcast`). A reader refuses a newer major version. It
/// keeps what a newer minor version added, and counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventsVersion {
    /// Readers of an older major version cannot read the lines.
    pub major: u32,
    /// Readers of an older minor version can read the lines, apart from what was added.
    pub minor: u32,
}

impl fmt::Display for EventsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for EventsVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = |part: &str| part.parse().ok();
        let parts = text.split_once('.').and_then(|(a, b)| Some((read(a)?, read(b)?)));
        let (major, minor) =
            parts.ok_or_else(|| format!("{text:?} is no version of events; expected as 2.0"))?;
        Ok(Self { major, minor })
    }
}

impl Serialize for EventsVersion {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventsVersion {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = EventsVersion;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a version of events, as \"2.0\"")
            }

            /// Version 1 was written as a number.
            fn visit_u64<E: de::Error>(self, major: u64) -> Result<EventsVersion, E> {
                let major = u32::try_from(major).map_err(E::custom)?;
                Ok(EventsVersion { major, minor: 0 })
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<EventsVersion, E> {
                text.parse().map_err(E::custom)
            }
        }
        from.deserialize_any(Read)
    }
}

/// One line of `events.jsonl`. The line has one more key, `prev`, which links it to the line before; only the
/// journal reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// [`EVENTS_SCHEMA`] of the writer.
    pub v: EventsVersion,
    /// Position in the file, from 0, without gaps.
    pub seq: u64,
    /// When it happened, UTC.
    pub at: Timestamp,
    /// The unit it belongs to; absent for events of the whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// The unit's attempt, from 1; 0 for events of the whole run.
    pub attempt: u32,
    /// The leg of the unit.
    #[serde(default, skip_serializing_if = "Leg::is_main")]
    pub leg: Leg,
    /// What happened.
    pub event: Event,
}

impl Record {
    /// A record of the main leg, or of the run where there is no unit, in the version that this harness writes.
    #[must_use]
    pub fn new(
        seq: u64,
        at: Timestamp,
        (unit, attempt): (Option<UnitId>, u32),
        event: Event,
    ) -> Self {
        Self { v: EVENTS_SCHEMA, seq, at, unit, attempt, leg: Leg::Main, event }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_every_harness_wrote_them() {
        let read =
            |json: &str| serde_json::from_str::<EventsVersion>(json).map_err(|e| e.to_string());
        assert_eq!(read("1"), Ok(EventsVersion { major: 1, minor: 0 }));
        assert_eq!(read("\"2.7\""), Ok(EventsVersion { major: 2, minor: 7 }));
        for odd in ["\"2\"", "\"2.x\"", "2.5", "-1", "null", "\"\""] {
            assert!(read(odd).is_err(), "{odd}");
        }
        assert_eq!(serde_json::to_string(&EVENTS_SCHEMA).unwrap(), "\"2.4\"");
    }
}
