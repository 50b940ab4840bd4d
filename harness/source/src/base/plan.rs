//! The choice of a base, with its reason.

use std::fmt;

use cc_ci_model::Version;
use serde::{Deserialize, Serialize};

use crate::{Commit, Point};

/// The version of a recipe that was green last, as the harness remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastGreen {
    /// The version.
    pub version: Version,
    /// Its commit, where it had one.
    pub commit: Option<Commit>,
}

/// Where the base of an upgrade comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BaseKind {
    /// The version that was green last.
    LastGreen,
    /// The newest published version that is older than the head.
    Tag,
    /// The tip of the default branch.
    MainTip,
    /// There is none, so there is no upgrade to test.
    None,
}

impl fmt::Display for BaseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::LastGreen => "last-green",
            Self::Tag => "tag",
            Self::MainTip => "main-tip",
            Self::None => "none",
        })
    }
}

/// The choice of a base, with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasePlan {
    /// Where it comes from.
    pub kind: BaseKind,
    /// The base itself; `None` exactly where `kind` is [`BaseKind::None`].
    pub base: Option<Point>,
    /// Why this one, or why none: a sentence for an event.
    pub reason: String,
}

impl BasePlan {
    /// The base's version.
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        self.base.as_ref().map(|base| &base.version)
    }

    /// The base's commit, where it has one.
    #[must_use]
    pub fn commit(&self) -> Option<&Commit> {
        self.base.as_ref().and_then(Point::commit)
    }
}
