//! How far up the ladder an attempt got.

use cc_ci_classify::Attempt;
use cc_ci_model::{Level, Outcome, Tier};

/// The highest rung that was proven with every rung below it proven or declared not applicable.
///
/// What does not apply lets the unit climb past but proves nothing itself; what failed, was
/// blocked or was left out holds it down.
pub(super) fn level(attempt: &Attempt) -> Level {
    let mut reached = Level::None;
    for (rung, tiers) in Level::LADDER {
        match rung_of(attempt, tiers) {
            Rung::Proven => reached = rung,
            Rung::Past => {}
            Rung::Held => break,
        }
    }
    reached
}

enum Rung {
    Proven,
    Past,
    Held,
}

fn rung_of(attempt: &Attempt, tiers: &[Tier]) -> Rung {
    let mut rung = Rung::Past;
    for tier in tiers {
        match attempt.tier(*tier).map(|fact| &fact.outcome) {
            Some(Outcome::Passed) => rung = Rung::Proven,
            Some(Outcome::NotApplicable { .. }) => {}
            Some(Outcome::Failed { .. } | Outcome::Blocked { .. } | Outcome::NotRun { .. })
            | None => return Rung::Held,
        }
    }
    rung
}

#[cfg(test)]
mod tests {
    use super::*;
    use cc_ci_classify::{End, TierFact};
    use cc_ci_model::Fault;
    use rstest::rstest;

    /// One letter for deploy, upgrade, backup, restore and custom: passed, not Applicable, failed,
    /// blocked, not run, or `.` for never heard of.
    fn attempt(words: &str) -> Attempt {
        use Tier as T;
        let tiers = [T::Deploy, T::Upgrade, T::Backup, T::Restore, T::Custom];
        let reason = || "r".to_owned();
        let facts = tiers.into_iter().zip(words.chars()).filter_map(|(tier, word)| {
            let outcome = match word {
                'p' => Outcome::Passed,
                'a' => Outcome::NotApplicable { reason: reason() },
                'f' => Outcome::Failed { fault: Fault::Bug { message: reason() } },
                'b' => Outcome::Blocked { by: Tier::Deploy },
                'n' => Outcome::NotRun { reason: reason() },
                _ => return None,
            };
            Some(TierFact { tier, outcome, ended: true, millis: 0, checks: vec![] })
        });
        Attempt {
            number: 1,
            isolated: false,
            started: jiff::Timestamp::UNIX_EPOCH,
            end: End::Finished,
            millis: 0,
            deploys: None,
            left: vec![],
            tiers: facts.collect(),
        }
    }

    #[rstest]
    #[case::everything("ppppp", Level::Custom)]
    #[case::nothing(".....", Level::None)]
    #[case::red_at_once("fbbbb", Level::None)]
    #[case::no_base("pnppp", Level::Deploy)]
    #[case::red_upgrade("pfbbb", Level::Deploy)]
    #[case::red_restore("pppfp", Level::Upgrade)]
    #[case::red_custom("ppppf", Level::BackupRestore)]
    #[case::no_backup_declared("ppaap", Level::Custom)]
    #[case::no_backup_and_red_custom("ppaaf", Level::Upgrade)]
    #[case::no_restore_declared("pppan", Level::BackupRestore)]
    #[case::nothing_applies("aaaaa", Level::None)]
    #[case::only_custom_left_out("ppppn", Level::BackupRestore)]
    fn a_rung_holds_only_on_proof(#[case] words: &str, #[case] expected: Level) {
        assert_eq!(level(&attempt(words)), expected);
    }
}
