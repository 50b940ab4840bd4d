//! Tells whether a suite can give a name to a check. Reports and the history know a check by its tier and name, so each
//! tier has a name once.

use cc_ci_model::{CheckId, Tier};

use crate::Suite;
use crate::reserved::{has_ready_probes, is_reserved};

/// Why a name cannot be given to a second item of the same kind.
pub(crate) const TAKEN: &str = "the name is taken already";
const BUILT_IN: &str = "the harness has a check of this name; choose another name";

impl Suite {
    /// Why a ready probe cannot be called `id`. An earlier ready probe of that name does not count, since it is
    /// replaced.
    pub(crate) fn free_for_ready(&self, id: &CheckId) -> Result<(), String> {
        let mut tiers = Tier::ALL.into_iter().filter(|tier| has_ready_probes(*tier));
        if tiers.any(|tier| is_reserved(tier, id.as_str())) {
            return Err(BUILT_IN.to_owned());
        }
        let check = |check: &&crate::CheckSpec| check.id == *id && has_ready_probes(check.tier);
        match self.checks.iter().find(check) {
            Some(check) => Err(format!("a check in tier {} has this name", check.tier)),
            None => Ok(()),
        }
    }

    /// Why a check of `tier` cannot be called `id`.
    pub(crate) fn free_for_check(&self, tier: Tier, id: &CheckId) -> Result<(), String> {
        if is_reserved(tier, id.as_str()) {
            return Err(BUILT_IN.to_owned());
        }
        if self.checks.iter().any(|check| check.tier == tier && check.id == *id) {
            return Err(TAKEN.to_owned());
        }
        if has_ready_probes(tier) && self.ready.iter().any(|ready| ready.id == *id) {
            let why = "a ready probe has this name, and ready probes are checks of this tier too";
            return Err(why.to_owned());
        }
        Ok(())
    }

    /// Why canary data cannot be called `id`.
    pub(crate) fn free_for_canary(&self, id: &CheckId) -> Result<(), String> {
        if self.canaries.iter().any(|canary| canary.id == *id) {
            return Err(TAKEN.to_owned());
        }
        Ok(())
    }
}
