//! What a compose file may say where: the keys of format 3.8 and the few that came later.

mod kind;
mod objects;
mod service;
mod version;

pub(crate) use kind::{Fields, Shape, Since};
pub(crate) use objects::{ATTACHMENT, MOUNT, PORT, REF, ROOT};
pub(crate) use version::{NEWEST, version};
