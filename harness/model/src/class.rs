//! The owner of a failure, whether the failure repeats, and the class that follows from both.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who must act when the failure is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The recipe's maintainer: the package, its images, the upstream app.
    Recipe,
    /// The harness: the node, the daemon, its code, leftover state, its quota, its checks.
    Harness,
    /// A third party: a registry, a mirror, an ACME server.
    External,
    /// The evidence does not say.
    Unknown,
}

/// Whether the failure comes again in other attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeat {
    /// In every attempt that got that far.
    Deterministic,
    /// More than once, but not always.
    Intermittent,
    /// Once, and not again in the reruns.
    Once,
    /// No rerun got that far.
    Unknown,
}

/// The label of a red case, derived from [`Owner`] and [`Repeat`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// It does not repeat and no owner is proven.
    Flake,
    /// The recipe's maintainer must act.
    Recipe,
    /// The harness or its machine must be mended.
    Harness,
    /// The evidence does not decide.
    Undetermined,
}

macro_rules! words {
    ($type:ident { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $type {
            /// The word as it is written in files.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words!(Owner { Recipe => "recipe", Harness => "harness", External => "external", Unknown => "unknown" });
words!(Repeat {
    Deterministic => "deterministic", Intermittent => "intermittent", Once => "once",
    Unknown => "unknown",
});
words!(Class {
    Flake => "flake", Recipe => "recipe", Harness => "harness", Undetermined => "undetermined",
});

/// The finer cause under an owner. It does not change the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Wrong or missing settings in the recipe.
    Config,
    /// The image is missing or does not start.
    Image,
    /// The app answers wrongly.
    Upstream,
    /// Data did not survive an upgrade.
    Migration,
    /// The backup does not hold the data.
    Backup,
    /// The restore does not bring the data back.
    Restore,
    /// Names, routes or ports of the recipe.
    Network,
    /// Memory, processes or disk of the recipe.
    Resources,
    /// The recipe's files break a rule of the field.
    Lint,
    /// Disk, memory, kernel or clock of the machine.
    Node,
    /// The container engine.
    Engine,
    /// A registry of images or a repository of recipes.
    Registry,
    /// The edge or the gateway.
    Proxy,
    /// Something an earlier run left behind.
    State,
    /// The harness's own code.
    Code,
    /// A check of a suite or of the harness that is wrong or stale.
    Check,
    /// The evidence names no cause.
    Unknown,
}

words!(Cause {
    Config => "config", Image => "image", Upstream => "upstream", Migration => "migration",
    Backup => "backup", Restore => "restore", Network => "network", Resources => "resources", Lint => "lint",
    Node => "node", Engine => "engine", Registry => "registry", Proxy => "proxy",
    State => "state", Code => "code", Check => "check", Unknown => "unknown",
});
