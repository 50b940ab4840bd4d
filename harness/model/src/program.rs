//! Which program carried out a run.

use serde::{Deserialize, Serialize};

/// The program that carries out a run, with what it knows about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Program {
    /// The commit of the checkout that it was built from; `None` for a build outside of one. Changes that were not
    /// committed are not seen in it.
    pub commit: Option<String>,
    /// SHA-256 of the binary; `None` where it cannot be read.
    pub sha256: Option<String>,
}
