//! What every protocol client can do.

use async_trait::async_trait;
use cc_ci_model::Proves;

use crate::{Access, ProbeError};

/// A protocol client with its expectations, ready to be used any number of times.
#[async_trait]
pub trait Probe: Send + Sync {
    /// Makes one try: connects, speaks the protocol, compares with what is expected.
    ///
    /// It never sleeps and sets no deadline: the caller bounds the time and repeats where it makes
    /// sense. Dropping the future at any point closes the connection and leaves nothing running.
    ///
    /// # Errors
    /// [`ProbeError`] says whether the app, the edge, the gateway or the check is at fault.
    async fn run(&self, access: &Access) -> Result<(), ProbeError>;

    /// How much it says about the app where it holds. A client that speaks the app's own protocol
    /// has seen the app behave; one that only sees that something answers has not.
    fn proves(&self) -> Proves {
        Proves::Behaviour
    }

    /// What has to hold, in one line, without secrets: `https://… answers 200`.
    fn describe(&self) -> String;
}
