//! What became of an image.

use serde::Serialize;

/// What had to be done for an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It was built and sent to the registry.
    Built,
    /// It was built already and only sent to the registry.
    Pushed,
    /// Nothing.
    UpToDate,
}

/// An image that is there now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Built {
    /// Name and tag, as `nginx:1.22`.
    pub name: String,
    /// Its name in the local registry.
    pub reference: String,
    /// The same with its digest.
    pub digest: String,
    /// What had to be done.
    pub action: Action,
    /// How long it took to build and to send, without the time in which it waited for others.
    pub seconds: f64,
}
