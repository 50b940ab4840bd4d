//! All probes there are. A new one is a file under `probes/` and a line here.

use cc_ci_model::{ProbeSpec, Vantage};

use crate::params::Params;
use crate::probes::{bore, http, http_flow, mumble, mumble_ping, tcp, tls};
use crate::spec_error::nearest;
use crate::{Probe, SpecError};

static KINDS: &[Kind] = &[
    http::KIND,
    http_flow::KIND,
    tcp::KIND,
    tls::KIND,
    mumble::KIND,
    mumble_ping::KIND,
    bore::KIND,
];

/// A setting of a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name in the table `with`.
    pub name: &'static str,
    /// What it means and what it is without being set, in a few words.
    pub about: &'static str,
}

/// A protocol client that suites can use.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name in a suite.
    pub name: &'static str,
    /// What it does, in a few words.
    pub about: &'static str,
    /// From where it can look.
    pub from: &'static [Vantage],
    /// All settings it knows.
    pub keys: &'static [Key],
    pub(crate) build: fn(&Params<'_>) -> Result<Box<dyn Probe>, SpecError>,
}

/// All probes, in the order in which they are documented.
#[must_use]
pub fn kinds() -> &'static [Kind] {
    KINDS
}

/// Builds the probe that `spec` describes, after its placeholders have been filled in.
///
/// # Errors
/// [`SpecError`] names the probe, the key and what would have been accepted.
pub fn build(spec: &ProbeSpec) -> Result<Box<dyn Probe>, SpecError> {
    let Some(kind) = KINDS.iter().find(|kind| kind.name == spec.probe) else {
        return Err(SpecError::UnknownProbe {
            probe: spec.probe.clone(),
            known: join(KINDS.iter().map(|kind| kind.name)),
            near: nearest(&spec.probe, KINDS.iter().map(|kind| kind.name)),
        });
    };
    if !kind.from.contains(&spec.from) {
        return Err(SpecError::BadVantage {
            probe: kind.name,
            from: vantage_word(spec.from),
            expected: join(kind.from.iter().map(|from| vantage_word(*from))),
        });
    }
    refuse_unknown(kind.name, kind.keys, spec.with.keys())?;
    (kind.build)(&Params::new(kind.name, spec))
}

/// Refuses the first of the `given` keys that is not one of `keys`.
pub(crate) fn refuse_unknown<'a>(
    probe: &'static str,
    keys: &'static [Key],
    mut given: impl Iterator<Item = &'a String>,
) -> Result<(), SpecError> {
    let names = || keys.iter().map(|key| key.name);
    let Some(key) = given.find(|key| names().all(|name| name != key.as_str())) else {
        return Ok(());
    };
    let (key, known, near) = (key.clone(), join(names()), nearest(key, names()));
    Err(SpecError::UnknownKey { probe, key, known, near })
}

fn join(words: impl Iterator<Item = &'static str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

fn vantage_word(from: Vantage) -> &'static str {
    match from {
        Vantage::Network => "network",
        Vantage::Host => "host",
        Vantage::Edge => "edge",
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::testing::spec;

    #[rstest]
    #[case::unknown_probe("htpp", "edge", json!({}), "probe \"htpp\" does not exist", Some("\"http\""))]
    #[case::unknown_key("http", "edge", json!({"url": "https://a/", "statsu": 200}),
        "probe http: unknown key \"statsu\"", Some("\"status\""))]
    #[case::missing_key("http", "edge", json!({}), "key \"url\" is missing", Some("add url"))]
    #[case::bad_vantage("mumble_ping", "network", json!({"port": 1}),
        "from = \"network\" is not possible; expected host", None)]
    #[case::wrong_kind("tcp", "network", json!({"host": "app", "port": true}),
        "key \"port\" is a boolean; expected", None)]
    fn what_is_wrong_is_named(
        #[case] probe: &str,
        #[case] from: &str,
        #[case] with: serde_json::Value,
        #[case] message: &str,
        #[case] hint: Option<&str>,
    ) {
        let error = build(&spec(probe, from, with)).err().expect("refused");
        assert!(error.to_string().contains(message), "{error}");
        match (hint, error.hint()) {
            (None, None) => {}
            (Some(part), Some(whole)) => assert!(whole.contains(part), "{whole}"),
            (expected, found) => panic!("hint is {found:?}, not {expected:?}"),
        }
    }

    #[test]
    fn every_kind_is_documented_and_named_once() {
        for (at, kind) in kinds().iter().enumerate() {
            assert!(!kind.about.is_empty() && !kind.from.is_empty(), "{}", kind.name);
            assert!(kinds()[..at].iter().all(|other| other.name != kind.name), "{}", kind.name);
            for key in kind.keys {
                assert!(!key.about.is_empty(), "{}.{}", kind.name, key.name);
            }
        }
        assert_eq!(kinds().len(), 7);
    }
}
