//! Short helpers that most tests use.

use cc_ci_model::{ProbeSpec, Vantage};
use serde_json::Value;

use crate::{Probe, ProbeError, build};

/// A spec as a suite would write it.
pub(crate) fn spec(probe: &str, from: &str, with: Value) -> ProbeSpec {
    let from: Vantage = serde_json::from_value(from.into()).unwrap();
    let with = serde_json::from_value(with).unwrap();
    ProbeSpec { probe: probe.to_owned(), from, with }
}

/// The probe that such a spec describes.
pub(crate) fn probe(probe: &str, from: &str, with: Value) -> Box<dyn Probe> {
    build(&spec(probe, from, with)).unwrap_or_else(|error| panic!("{error}"))
}

/// The kind of a result in a word or two.
pub(crate) fn error_kind(result: &Result<(), ProbeError>) -> &'static str {
    match result {
        Ok(()) => "ok",
        Err(ProbeError::NoAnswer { .. }) => "no answer",
        Err(ProbeError::NotServing { .. }) => "not serving",
        Err(ProbeError::Unmet { .. }) => "unmet",
        Err(ProbeError::Gateway { .. }) => "gateway",
        Err(ProbeError::Edge { .. }) => "edge",
        Err(ProbeError::Broken { .. }) => "broken",
    }
}
