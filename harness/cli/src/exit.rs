//! The exit codes. They are API.

use cc_ci_session::Kind;

/// `verify` recomputed something else than the folder says.
pub(crate) const DIFFERENT: u8 = 14;
/// `reap` found objects that it removes only on request, and there is no terminal to ask on.
pub(crate) const UNCLAIMED: u8 = 15;

/// The code of a program that ends early. Those of a run that was carried out are in `cc_ci_report::Exit`.
pub(crate) fn code(kind: Kind) -> u8 {
    match kind {
        Kind::Bug => 1,
        Kind::Usage | Kind::Suite | Kind::Recipe => 2,
        Kind::Machine => 11,
        Kind::Engine => 20,
        Kind::Cancelled => 130,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(Kind::Bug, 1)]
    #[case(Kind::Usage, 2)]
    #[case(Kind::Suite, 2)]
    #[case(Kind::Recipe, 2)]
    #[case(Kind::Machine, 11)]
    #[case(Kind::Engine, 20)]
    #[case(Kind::Cancelled, 130)]
    fn each_kind_of_failure_has_its_code(#[case] kind: Kind, #[case] expected: u8) {
        assert_eq!(code(kind), expected);
    }
}
