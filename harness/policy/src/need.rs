//! One power that a stack asks for.

use crate::Grant;

/// One power that a stack asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// Who asks: `service app`, `volume data`.
    pub at: String,
    /// What for, behind the name: `adds the capability NET_ADMIN`.
    pub what: String,
    /// Why nobody has it for nothing.
    pub why: &'static str,
    /// What would allow it; nothing where no grant can.
    pub grant: Option<Grant>,
}

impl Need {
    pub(crate) fn service(name: &str, what: String, why: &'static str, grant: Grant) -> Self {
        Self { at: format!("service {name}"), what, why, grant: Some(grant) }
    }

    pub(crate) fn volume(name: &str, what: String, why: &'static str, grant: Grant) -> Self {
        Self { at: format!("volume {name}"), what, why, grant: Some(grant) }
    }

    /// No grant can allow it.
    pub(crate) fn hopeless(mut self) -> Self {
        self.grant = None;
        self
    }
}
