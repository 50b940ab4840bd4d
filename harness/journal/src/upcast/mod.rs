//! Lines of older major versions, brought to the version that this harness writes.
//!
//! Each version has one file: `vN` turns a line of version N into a line of version N + 1. Files are added and
//! never changed.

mod v1;

use cc_ci_model::EVENTS_SCHEMA;
use serde_json::Value;

/// Each upcast at the place of its version: the first one is that of version 1.
const STEPS: [fn(&mut Value); 1] = [v1::upcast];

/// Brings a line of version `major` to the version that this harness writes.
pub(crate) fn upcast(major: u32, line: &mut Value) {
    let first = usize::try_from(major.saturating_sub(1)).unwrap_or(usize::MAX);
    for step in STEPS.iter().skip(first) {
        step(line);
    }
}

/// True for a version that has lines at all and is older than the one that is written.
pub(crate) fn is_older(major: u32) -> bool {
    (1..EVENTS_SCHEMA.major).contains(&major)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_older_version_has_its_upcast() {
        assert_eq!(STEPS.len(), EVENTS_SCHEMA.major as usize - 1);
        assert!(is_older(1) && !is_older(0) && !is_older(EVENTS_SCHEMA.major));
    }
}
