//! One power that a stack asks for.

use crate::{Grant, ObjectKind};

/// One power that a stack asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// Which part of the stack asks: `service app`, `volume data`.
    pub at: String,
    /// What it asks for, to be read behind `at`: `adds the capability NET_ADMIN`.
    pub what: String,
    /// Why a stack needs a grant for it.
    pub why: &'static str,
    /// The grant that allows it; `None` where no grant can.
    pub grant: Option<Grant>,
    /// The keys of the compose file that ask for it, from the top; the last ones can be absent in
    /// the file.
    pub path: Vec<String>,
}

impl Need {
    pub(crate) fn service(name: &str, what: String, why: &'static str, grant: Grant) -> Self {
        let path = vec!["services".to_owned(), name.to_owned()];
        Self { at: format!("service {name}"), what, why, grant: Some(grant), path }
    }

    pub(crate) fn volume(name: &str, what: String, why: &'static str, grant: Grant) -> Self {
        Self::object(ObjectKind::Volume, name, what, why, grant)
    }

    pub(crate) fn object(
        kind: ObjectKind,
        key: &str,
        what: String,
        why: &'static str,
        grant: Grant,
    ) -> Self {
        let path = vec![kind.section().to_owned(), key.to_owned()];
        Self { at: format!("{} {key}", kind.word()), what, why, grant: Some(grant), path }
    }

    /// The keys below the service or object that ask for it.
    pub(crate) fn below(mut self, keys: &[&str]) -> Self {
        self.path.extend(keys.iter().map(|key| (*key).to_owned()));
        self
    }

    /// The same need, which no grant can allow.
    pub(crate) fn ungrantable(mut self) -> Self {
        self.grant = None;
        self
    }
}
