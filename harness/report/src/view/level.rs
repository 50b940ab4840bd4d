//! How far up the ladder an attempt got, and what keeps it from the next rung.

use cc_ci_classify::Attempt;
use cc_ci_model::{Level, Outcome, Tier};

use crate::text::one_line;

/// What keeps a unit from a higher level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBy {
    /// The tier to look at: where one is blocked, the one that failed below it.
    pub tier: Tier,
    /// Why, in one sentence: `backup not run: no service carries backupbot.backup=true`.
    pub reason: String,
}

/// Where a unit stands on the ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    /// The highest rung that was proven with every rung below it proven or declared not applicable.
    pub(super) level: Level,
    /// What keeps it from the next rung; `None` at the top, and where nothing was tried.
    pub(super) held_by: Option<HeldBy>,
}

/// What one tier means for the level.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Footing {
    /// The tier passed.
    Holds,
    /// The tier does not apply or was not run. The level may rise above it, but the tier proves nothing.
    Past(HeldBy),
    /// The tier failed or is blocked: the level stays below it.
    Held(HeldBy),
}

/// Where an attempt stands.
pub(super) fn standing(attempt: &Attempt) -> Standing {
    climb(|tier| footing(attempt, tier))
}

fn climb(footing: impl Fn(Tier) -> Footing) -> Standing {
    let mut level = Level::None;
    let mut past = None;
    for (rung, tiers) in Level::LADDER {
        let mut proven = false;
        for tier in tiers {
            match footing(*tier) {
                Footing::Holds => proven = true,
                Footing::Past(why) => past = past.or(Some(why)),
                Footing::Held(why) => return Standing { level, held_by: Some(why) },
            }
        }
        if proven {
            (level, past) = (rung, None);
        }
    }
    Standing { level, held_by: past }
}

fn footing(attempt: &Attempt, tier: Tier) -> Footing {
    let because = |tier, reason: String| HeldBy { tier, reason: one_line(&reason, 400) };
    let Some(fact) = attempt.tier(tier) else {
        return Footing::Held(because(tier, format!("{tier} not run")));
    };
    match &fact.outcome {
        Outcome::Passed => match fact.weakness() {
            // To answer is what the first rung is about. All higher ones promise more.
            Some(_) if tier == Tier::Deploy => Footing::Holds,
            Some(weakness) => Footing::Held(because(tier, format!("{tier} is weak: {weakness}"))),
            None => Footing::Holds,
        },
        Outcome::NotApplicable { reason } => {
            Footing::Past(because(tier, format!("{tier} not applicable: {reason}")))
        }
        Outcome::NotRun { reason } => {
            Footing::Held(because(tier, format!("{tier} not run: {reason}")))
        }
        Outcome::Blocked { by } => Footing::Held(because(*by, format!("{tier} blocked by {by}"))),
        Outcome::Failed { fault } => {
            Footing::Held(because(tier, format!("{tier} failed: {fault}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::attempt;
    use rstest::rstest;

    /// What the rungs are, said once more and the other way round: a level counts if its rung has
    /// proof and no rung up to it holds down; the highest that counts is the level.
    fn by_definition(of: &dyn Fn(Tier) -> Footing) -> Level {
        let holds = |tiers: &[Tier]| tiers.iter().any(|tier| of(*tier) == Footing::Holds);
        let free = |tiers: &[Tier]| tiers.iter().all(|t| !matches!(of(*t), Footing::Held(_)));
        let ladder = Level::LADDER;
        let counts = |(level, tiers): &&(Level, &[Tier])| {
            holds(tiers) && ladder.iter().filter(|(l, _)| l <= level).all(|(_, t)| free(t))
        };
        ladder.iter().filter(counts).map(|(level, _)| *level).max().unwrap_or(Level::None)
    }

    #[test]
    fn every_mix_of_footings_is_climbed_as_defined() {
        let tiers: Vec<Tier> =
            Level::LADDER.iter().flat_map(|(_, tiers)| *tiers).copied().collect();
        let rung = |tier| Level::LADDER.iter().find(|(_, tiers)| tiers.contains(&tier)).unwrap().0;
        for mix in 0..3_usize.pow(u32::try_from(tiers.len()).unwrap()) {
            let of = |tier: Tier| {
                let at = tiers.iter().position(|known| *known == tier).unwrap();
                let why = HeldBy { tier, reason: String::new() };
                match mix / 3_usize.pow(u32::try_from(at).unwrap()) % 3 {
                    0 => Footing::Holds,
                    1 => Footing::Past(why),
                    _ => Footing::Held(why),
                }
            };
            let found = climb(of);
            assert_eq!(found.level, by_definition(&of), "{mix}");
            let held = |tier: &&Tier| matches!(of(**tier), Footing::Held(_));
            let above = |tier: &&Tier| rung(**tier) > found.level && of(**tier) != Footing::Holds;
            // What holds down comes before what was merely climbed past.
            let first = tiers.iter().find(held).or_else(|| tiers.iter().find(above));
            assert_eq!(found.held_by.map(|why| why.tier), first.copied(), "{mix}");
        }
    }

    /// What each outcome of a tier gives to stand on, for every tier of the ladder.
    #[test]
    fn every_outcome_of_every_tier_has_its_footing() {
        for tier in Level::LADDER.iter().flat_map(|(_, tiers)| *tiers) {
            let found = |word: char| footing(&attempt(&[(*tier, word)]), *tier);
            let held = |why: Tier, reason: &str| {
                Footing::Held(HeldBy { tier: why, reason: format!("{tier} {reason}") })
            };
            assert_eq!(found('p'), Footing::Holds);
            let past = format!("{tier} not applicable: r");
            assert_eq!(found('a'), Footing::Past(HeldBy { tier: *tier, reason: past }));
            assert_eq!(found('n'), held(*tier, "not run: r"));
            assert_eq!(found('f'), held(*tier, "failed: harness bug: r"));
            assert_eq!(found('b'), held(Tier::Deploy, "blocked by deploy"));
            assert_eq!(found('.'), held(*tier, "not run"));
            // Backup and lint prove by their steps and cannot be weak.
            let weak = if matches!(tier, Tier::Deploy | Tier::Backup | Tier::Lint) {
                Footing::Holds
            } else {
                held(*tier, "is weak: its checks see that something answers, and no more")
            };
            assert_eq!(found('w'), weak, "{tier}");
        }
    }

    /// One letter for each tier of the ladder: deploy, upgrade, backup, restore, recovery, custom,
    /// lint; letters as in [`attempt`].
    #[rstest]
    #[case::everything("ppppppp", Level::Lint, None)]
    #[case::nothing(".......", Level::None, Some("deploy not run"))]
    #[case::red_at_once("fbbbbbp", Level::None, Some("deploy failed: harness bug: r"))]
    #[case::weak_deploy("wpppppp", Level::Lint, None)]
    #[case::weak_upgrade(
        "pwppppp",
        Level::Deploy,
        Some("upgrade is weak: its checks see that something answers, and no more")
    )]
    #[case::weak_restore(
        "pppwppp",
        Level::Upgrade,
        Some("restore is weak: its checks see that something answers, and no more")
    )]
    #[case::weak_recovery(
        "ppppwpp",
        Level::Upgrade,
        Some("recovery is weak: its checks see that something answers, and no more")
    )]
    #[case::weak_custom(
        "pppppwp",
        Level::BackupRestore,
        Some("custom is weak: its checks see that something answers, and no more")
    )]
    #[case::no_base("pnppppp", Level::Deploy, Some("upgrade not run: r"))]
    #[case::red_upgrade("pfbbbbp", Level::Deploy, Some("upgrade failed: harness bug: r"))]
    #[case::red_backup("ppfbbpp", Level::Upgrade, Some("backup failed: harness bug: r"))]
    #[case::red_restore("pppfbpp", Level::Upgrade, Some("restore failed: harness bug: r"))]
    #[case::red_recovery("ppppfpp", Level::Upgrade, Some("recovery failed: harness bug: r"))]
    #[case::red_custom("pppppfp", Level::BackupRestore, Some("custom failed: harness bug: r"))]
    #[case::red_lint("ppppppf", Level::Custom, Some("lint failed: harness bug: r"))]
    #[case::no_backup_declared("ppaaapp", Level::Lint, None)]
    #[case::no_backup_undeclared("ppnnnpp", Level::Upgrade, Some("backup not run: r"))]
    #[case::no_backup_and_red_custom(
        "ppaaafp",
        Level::Upgrade,
        Some("custom failed: harness bug: r")
    )]
    #[case::no_restore_declared("pppaanp", Level::BackupRestore, Some("custom not run: r"))]
    #[case::nothing_above_applies("ppaaaaa", Level::Upgrade, Some("backup not applicable: r"))]
    #[case::nothing_applies("aaaaaaa", Level::None, Some("deploy not applicable: r"))]
    #[case::no_recovery_on_record("pppp.pp", Level::Upgrade, Some("recovery not run"))]
    fn named_cases(#[case] words: &str, #[case] level: Level, #[case] held_by: Option<&str>) {
        let tiers = Level::LADDER.iter().flat_map(|(_, tiers)| *tiers).copied();
        let found = standing(&attempt(&tiers.zip(words.chars()).collect::<Vec<_>>()));
        assert_eq!(found.level, level);
        assert_eq!(found.held_by.map(|why| why.reason).as_deref(), held_by);
    }
}
