//! Why data could not be looked at.

use serde::{Deserialize, Serialize};

use crate::{Cause, Operation, Owner};

/// Why canary data could not be looked at. It is not known whether such data is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unread {
    /// The store answers and refuses the login: another password, no such user, no right.
    Refused,
    /// No service of the stack runs the server of the store.
    NoServer,
    /// There is no way to ask: no shell, no client, an answer that says neither yes nor no.
    Closed,
    /// The disk is full.
    DiskFull,
    /// The disk cannot be read or written.
    Io,
}

impl Unread {
    /// Who must act, and the finer cause, where this is seen after an operation.
    pub(crate) fn origin(self, after: Operation) -> (Owner, Cause) {
        match self {
            Self::Refused | Self::NoServer => (Owner::Recipe, after_which(after)),
            // It is not known what is wrong, so it is not known who must act.
            Self::Closed => (Owner::Unknown, Cause::Unknown),
            Self::DiskFull | Self::Io => (Owner::Harness, Cause::Node),
        }
    }
}

fn after_which(after: Operation) -> Cause {
    match after {
        Operation::Nothing | Operation::Restart | Operation::Reboot => Cause::Config,
        Operation::Upgrade | Operation::Rollback | Operation::Interrupt => Cause::Migration,
        Operation::Restore | Operation::Recovery => Cause::Restore,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_disk_is_the_machines_and_a_refused_login_the_recipes() {
        let origin = |why: Unread| why.origin(Operation::Restore);
        assert_eq!(origin(Unread::Refused), (Owner::Recipe, Cause::Restore));
        assert_eq!(origin(Unread::NoServer), (Owner::Recipe, Cause::Restore));
        assert_eq!(origin(Unread::Closed), (Owner::Unknown, Cause::Unknown));
        assert_eq!(origin(Unread::DiskFull), (Owner::Harness, Cause::Node));
        assert_eq!(origin(Unread::Io), (Owner::Harness, Cause::Node));
        assert_eq!(Unread::Refused.origin(Operation::Upgrade).1, Cause::Migration);
        assert_eq!(Unread::Refused.origin(Operation::Restart).1, Cause::Config);
    }
}
