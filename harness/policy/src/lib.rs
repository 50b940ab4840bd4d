//! Which powers a stack asks for, and who granted them; pure.
//!
//! The author of a recipe is not trusted. A recipe gets the powers that the command line or the `recipe.toml`
//! of a named root grants it, one by one, and no others; its own files cannot grant it any.

mod capability;
mod ceiling;
mod device;
mod error;
mod grant;
mod grants;
mod host_mount;
mod host_network;
mod label;
mod logging;
mod need;
mod network_option;
mod object;
mod port;
mod review;
mod router;
mod rule;
mod sysctl;
mod volume;

#[cfg(test)]
mod testing;

pub use ceiling::{Exceeded, exceeded};
pub use error::GrantError;
pub use grant::Grant;
pub use grants::Grants;
pub use need::Need;
pub use object::ObjectKind;
pub use review::{Asks, Refusal, Review, review, typed};
