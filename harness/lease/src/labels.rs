//! What the labels of a lease say.

use std::collections::BTreeMap;

use cc_ci_engine::{ConfigObject, LABEL_LEASE, LABEL_RUN};
use cc_ci_model::RunId;
use jiff::Timestamp;

use crate::Host;

/// Version of these labels.
const VERSION: &str = "1";
const HOST: &str = "cc-ci.lease.host";
const BOOT: &str = "cc-ci.lease.boot";
const PLACE: &str = "cc-ci.lease.place";
const BEAT: &str = "cc-ci.lease.beat";
const KEPT: &str = "cc-ci.lease.kept";
const WHO: &str = "cc-ci.lease.who";

/// What a lease claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The machine, as [`Host::name`].
    pub host: String,
    /// Its boot.
    pub boot: String,
    /// The folder of its lock.
    pub place: String,
    /// When the run last said that it lives, by the engine's clock.
    pub beat: Timestamp,
    /// True for an instance that outlives its run on demand.
    pub kept: bool,
    /// User and process, for a reader.
    pub who: String,
}

impl Claim {
    /// The claim of this process, with a beat at `now`.
    #[must_use]
    pub fn of(host: &Host, now: Timestamp) -> Self {
        let (user, pid) = (rustix::process::geteuid().as_raw(), std::process::id());
        Self {
            host: host.name.clone(),
            boot: host.boot.clone(),
            place: host.place.clone(),
            beat: now,
            kept: false,
            who: format!("pid {pid}, user id {user}"),
        }
    }

    /// All labels of the lease of `run`.
    #[must_use]
    pub fn labels(&self, run: &RunId) -> BTreeMap<String, String> {
        let mut labels = BTreeMap::from([
            (LABEL_RUN.to_owned(), run.to_string()),
            (LABEL_LEASE.to_owned(), VERSION.to_owned()),
            (HOST.to_owned(), self.host.clone()),
            (BOOT.to_owned(), self.boot.clone()),
            (PLACE.to_owned(), self.place.clone()),
            (BEAT.to_owned(), self.beat.to_string()),
            (WHO.to_owned(), self.who.clone()),
        ]);
        if self.kept {
            labels.insert(KEPT.to_owned(), "1".to_owned());
        }
        labels
    }

    /// The lease of `run` as an object.
    #[must_use]
    pub fn config(&self, run: &RunId) -> ConfigObject {
        ConfigObject {
            name: name(run),
            // The engine refuses an empty config.
            data: run.as_str().as_bytes().to_vec(),
            template_driver: None,
            labels: self.labels(run),
        }
    }

    /// What the labels claim.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn read(labels: &BTreeMap<String, String>) -> Result<Self, String> {
        let version = labels.get(LABEL_LEASE).map_or("", String::as_str);
        if version != VERSION {
            return Err(format!("its lease has version {version:?}, known is {VERSION}"));
        }
        let word = |label: &str| match labels.get(label) {
            Some(value) if !value.is_empty() => Ok(value.clone()),
            _ => Err(format!("its lease has no {label}")),
        };
        let beat = word(BEAT)?;
        Ok(Self {
            host: word(HOST)?,
            boot: word(BOOT)?,
            place: word(PLACE)?,
            beat: beat.parse().map_err(|_| format!("its lease has the beat {beat:?}"))?,
            kept: labels.contains_key(KEPT),
            who: labels.get(WHO).cloned().unwrap_or_default(),
        })
    }
}

/// The name of the config.
pub(crate) fn name(run: &RunId) -> String {
    format!("cc-ci-lease-{run}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_reads_back_and_a_damaged_one_is_named() {
        let host = Host {
            name: "h/m".to_owned(),
            boot: "b".to_owned(),
            up: None,
            place: "1:2".to_owned(),
        };
        let mut claim = Claim::of(&host, "2026-01-02T03:04:05.123456789Z".parse().unwrap());
        claim.kept = true;
        let labels = claim.labels(&RunId::new("r1").unwrap());
        assert_eq!(Claim::read(&labels).unwrap(), claim);
        for label in [LABEL_LEASE, HOST, BOOT, PLACE, BEAT] {
            for value in ["", "?"] {
                let mut damaged = labels.clone();
                damaged.insert(label.to_owned(), value.to_owned());
                let read = Claim::read(&damaged);
                assert!(read.is_err() || (value == "?" && ![LABEL_LEASE, BEAT].contains(&label)));
            }
        }
    }
}
