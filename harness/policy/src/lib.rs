//! Which powers a stack asks for, and who granted them; pure.
//!
//! A recipe is somebody else's text. It gets the powers that our `recipe.toml` grants it, one by
//! one, and no others; its own repository cannot grant it any.

mod capability;
mod ceiling;
mod device;
mod error;
mod grant;
mod grants;
mod host_mount;
mod host_network;
mod need;
mod port;
mod review;
mod sysctl;
mod volume;

#[cfg(test)]
mod testing;

pub use ceiling::{Exceeded, exceeded};
pub use error::GrantError;
pub use grant::Grant;
pub use grants::Grants;
pub use need::Need;
pub use review::{Refusal, Review, review};
