//! The words of the project as types: serde only, no I/O, no async.
//!
//! Facts live here (what was asked for, what happened). Judgements (is it a flake? who must act?)
//! are derived from facts by `classify` and `report` and are never stored in these types.

mod allotment;
mod caused;
mod ceilings;
mod class;
mod coverage;
mod event;
mod evidence;
mod facts;
mod fault;
mod hash;
mod ids;
mod leg;
mod near;
mod observed;
mod outcome;
mod probe;
mod program;
mod record;
mod said;
mod sample;
mod secret;
mod stack;
mod tier;
mod unit_head;
mod unread;

pub use allotment::{Allotment, tasks};
pub use caused::Caused;
pub use ceilings::{
    CEILINGS, Ceiling, Ceilings, Row, Standard, Unit, ceiling_value, ceilings_page, read_size, size,
};
pub use class::{Cause, Class, Owner, Repeat};
pub use coverage::VolumeCoverage;
pub use event::{Adaptation, Event, Proves, Side};
pub use evidence::{EvidenceKind, EvidenceRef};
pub use facts::{Fact, Facts, Required};
pub use fault::{Fault, Operation};
pub use hash::{hex, sha256_hex, sha256_hex_of};
pub use ids::{CheckId, IdError, RecipeName, RunId, StackName, UnitId, Version};
pub use leg::Leg;
pub use near::nearest;
pub use observed::{Header, HttpAnswer, HttpExpected, HttpUnmet, Look, Observed, Sought};
pub use outcome::Outcome;
pub use probe::{ProbeSpec, Vantage};
pub use program::Program;
pub use record::{EVENTS_SCHEMA, EventsVersion, Record};
pub use said::Said;
pub use sample::{ContainerPeak, NodeSample, NodeWindow, Spread, Stall, StallSpread, Stalls};
pub use secret::Secret;
pub use stack::*;
pub use tier::{Level, Tier};
pub use unit_head::UnitHead;
pub use unread::Unread;
