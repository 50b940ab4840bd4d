//! The table: owner and repetition give the class.

use cc_ci_model::{Class, Owner, Repeat};

/// The class of a red case.
///
/// `void` marks a fault that is ours by its type; `passed_alone` says that the case held at least
/// once with nothing else on the node. Without such a pass nothing is ever called a flake: a flake
/// that hides a recipe's fault is the costliest error there is.
pub(crate) fn class(owner: Owner, repeat: Repeat, void: bool, passed_alone: bool) -> Class {
    if void {
        return Class::Harness;
    }
    let flake = if passed_alone { Class::Flake } else { Class::Undetermined };
    match (owner, repeat) {
        (_, Repeat::Unknown) => Class::Undetermined,
        (Owner::Recipe, Repeat::Deterministic) => Class::Recipe,
        // No mechanism can be proven yet, so an intermittent fault of a recipe counts as a flake.
        (Owner::Recipe, Repeat::Intermittent | Repeat::Once) => flake,
        (Owner::Harness, Repeat::Deterministic | Repeat::Intermittent) => Class::Harness,
        (Owner::Harness, Repeat::Once) => flake,
        // An image that is gone has the recipe as its owner already; what is left of "external,
        // every time" is our own way out to the registry.
        (Owner::External, Repeat::Deterministic) => Class::Harness,
        (Owner::External, Repeat::Intermittent | Repeat::Once) => flake,
        (Owner::Unknown, Repeat::Deterministic) => Class::Undetermined,
        (Owner::Unknown, Repeat::Intermittent | Repeat::Once) => flake,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use {Class as C, Owner as O, Repeat as R};

    #[rstest]
    #[case(O::Recipe, R::Deterministic, C::Recipe)]
    #[case(O::Recipe, R::Intermittent, C::Flake)]
    #[case(O::Recipe, R::Once, C::Flake)]
    #[case(O::Recipe, R::Unknown, C::Undetermined)]
    #[case(O::Harness, R::Deterministic, C::Harness)]
    #[case(O::Harness, R::Intermittent, C::Harness)]
    #[case(O::Harness, R::Once, C::Flake)]
    #[case(O::Harness, R::Unknown, C::Undetermined)]
    #[case(O::External, R::Deterministic, C::Harness)]
    #[case(O::External, R::Intermittent, C::Flake)]
    #[case(O::External, R::Once, C::Flake)]
    #[case(O::External, R::Unknown, C::Undetermined)]
    #[case(O::Unknown, R::Deterministic, C::Undetermined)]
    #[case(O::Unknown, R::Intermittent, C::Flake)]
    #[case(O::Unknown, R::Once, C::Flake)]
    #[case(O::Unknown, R::Unknown, C::Undetermined)]
    fn every_cell(#[case] owner: O, #[case] repeat: R, #[case] expected: C) {
        assert_eq!(class(owner, repeat, false, true), expected);
        // The same cell without a pass alone: never a flake.
        let strict = if expected == C::Flake { C::Undetermined } else { expected };
        assert_eq!(class(owner, repeat, false, false), strict);
        assert_eq!(class(owner, repeat, true, true), C::Harness);
    }
}
