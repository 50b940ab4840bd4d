//! What `reap` does with each run. Pure.

use crate::{Found, Life};

/// What the caller allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed {
    /// Runs without a lease.
    pub unclaimed: bool,
    /// Kept instances.
    pub kept: bool,
}

/// What `reap` does with a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It lives.
    Living(String),
    /// It is kept on demand.
    Kept(String),
    /// It has no lease, and its removal was not asked for.
    Unclaimed,
    /// It is removed.
    Remove(String),
}

/// Decides about one run.
#[must_use]
pub fn fate(found: &Found, allowed: Allowed) -> Fate {
    match &found.life {
        Life::Living(why) => Fate::Living(why.clone()),
        Life::Kept(why) if allowed.kept => Fate::Remove(why.clone()),
        Life::Kept(why) => Fate::Kept(why.clone()),
        Life::Dead(why) => Fate::Remove(why.clone()),
        Life::Unclaimed if allowed.unclaimed => Fate::Remove("it has no lease".to_owned()),
        Life::Unclaimed => Fate::Unclaimed,
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_model::RunId;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::living(Life::Living("x".into()), true, true, Fate::Living("x".into()))]
    #[case::dead(Life::Dead("x".into()), false, false, Fate::Remove("x".into()))]
    #[case::kept(Life::Kept("x".into()), true, false, Fate::Kept("x".into()))]
    #[case::kept_and_asked_for(Life::Kept("x".into()), false, true, Fate::Remove("x".into()))]
    #[case::unclaimed(Life::Unclaimed, false, true, Fate::Unclaimed)]
    #[case::unclaimed_and_asked_for(Life::Unclaimed, true, false, Fate::Remove("it has no lease".into()))]
    fn only_what_is_allowed_is_removed(
        #[case] life: Life,
        #[case] unclaimed: bool,
        #[case] kept: bool,
        #[case] expected: Fate,
    ) {
        let run = RunId::new("r").unwrap();
        let (objects, leased, locked, beside) = (Vec::new(), true, true, false);
        let found = Found { run, life, objects, leased, locked, beside };
        assert_eq!(fate(&found, Allowed { unclaimed, kept }), expected);
    }
}
