//! The description of a unit.

use serde::{Deserialize, Serialize};

use crate::{RecipeName, StackName, Tier, UnitId, Version};

/// The description of a unit, made when it is planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitHead {
    /// The unit.
    pub unit: UnitId,
    /// Its recipe.
    pub recipe: RecipeName,
    /// The version under test.
    pub version: Version,
    /// The commit under test, all 40 digits, where the recipe comes from a git repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// True for a published version, false for a bare commit or a plain folder.
    #[serde(default)]
    pub release: bool,
    /// The version the upgrade starts from.
    pub base: Option<Version>,
    /// The commit of the base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_commit: Option<String>,
    /// Why that base, or why none.
    pub base_reason: String,
    /// The stack it is deployed as.
    pub stack: StackName,
    /// How often the unit deploys when all goes well.
    pub deploys: u32,
    /// What to ask for to get the same version of the same recipe again.
    pub asked: String,
    /// The tiers it walks through.
    pub tiers: Vec<Tier>,
    /// What reruns it alone, as typed.
    pub rerun: String,
    /// SHA-256 of what decides what the unit does: both stacks as their files and the suite's settings resolve
    /// them, tiers, suite and substitutes. Two runs with the same inputs have the same hash.
    pub inputs_sha256: String,
}
