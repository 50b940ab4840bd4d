//! When the next program is killed.

use cc_ci_model::Tier;

use super::life::Life;
use super::moment::Moment;
use super::row::Row;

/// Tiers in which a share of the kills has to fall: there the run writes to data, or removes it.
pub(super) const QUOTAS: [Tier; 3] = [Tier::Backup, Tier::Restore, Tier::Teardown];

/// One kill in twenty falls into each of [`QUOTAS`]: ten of two hundred.
const SHARE: usize = 20;

/// The fractional part of the golden ratio. Its multiples, modulo 1, fill the unit interval evenly at
/// any length of the sequence (Weyl; Knuth, The Art of Computer Programming, volume 3, 6.4), so a
/// sequence that is broken off and continued later is as uniform as one that is not.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// When the next program is killed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Aim {
    /// Position among all kills, from 0.
    pub(super) number: usize,
    /// The recipe that the program walks.
    pub(super) recipe: String,
    /// The time counts from the beginning of this tier; from the start of the program where `None`.
    pub(super) tier: Option<Tier>,
    /// The time, in milliseconds.
    pub(super) millis: u64,
}

/// How many kills have to fall into each of [`QUOTAS`].
pub(super) fn quota(wanted: usize) -> usize {
    wanted.div_ceil(SHARE)
}

/// Kills that are missing in each of [`QUOTAS`].
pub(super) fn missing(rows: &[Row], wanted: usize) -> Vec<(Tier, usize)> {
    let landed = |tier| rows.iter().filter(|row| row.moment == Some(Moment::In(tier))).count();
    QUOTAS.into_iter().map(|tier| (tier, quota(wanted).saturating_sub(landed(tier)))).collect()
}

/// When the next program is killed, after the kills in `rows`; `None` once `wanted` have landed and
/// every quota is reached. A kill before the run began or after the program's end does not count.
///
/// Kills are uniform over the recorded life. The last of them are aimed at what the quotas lack.
pub(super) fn next(lives: &[Life], rows: &[Row], wanted: usize) -> Option<Aim> {
    let number = rows.len();
    let life = lives.get(number % lives.len().max(1))?;
    let landed = rows.iter().filter(|row| row.counts()).count();
    let missing = missing(rows, wanted);
    let lacking: usize = missing.iter().map(|(_, lacks)| lacks).sum();
    if landed >= wanted && lacking == 0 {
        return None;
    }
    // Recipes take turns, so each of them gets a sequence of its own.
    let turn = number / lives.len();
    let recipe = life.recipe.clone();
    if wanted.saturating_sub(landed) > lacking {
        let millis = share(life.millis, turn);
        return Some(Aim { number, recipe, tier: None, millis });
    }
    let (tier, _) = missing.into_iter().max_by_key(|(_, lacks)| *lacks)?;
    let millis = share(life.lasted(tier), turn);
    Some(Aim { number, recipe, tier: Some(tier), millis })
}

/// The part of `millis` at the `turn`-th place of the even sequence.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a life is far shorter than 2^52 milliseconds, and the product is not negative"
)]
fn share(millis: u64, turn: usize) -> u64 {
    let at = ((turn as f64 + 0.5) * GOLDEN).fract();
    (millis as f64 * at) as u64
}

#[cfg(test)]
mod tests {
    use super::super::life::tests::life;
    use super::super::row::tests::row;
    use super::*;

    fn lives() -> Vec<Life> {
        vec![life("shop"), life("cafe")]
    }

    /// The moment at which a kill falls into a life that is just as the recorded one.
    fn falls(life: &Life, aim: &Aim) -> Moment {
        let from = |tier| life.tiers.iter().find(|span| span.tier == tier).unwrap().from;
        let at = aim.tier.map_or(0, from) + aim.millis;
        let hit = life.tiers.iter().find(|span| (span.from..span.to).contains(&at));
        hit.map_or(Moment::Between, |span| Moment::In(span.tier))
    }

    /// All kills that are asked for, where each of them falls as `fall` says.
    fn walk(wanted: usize, fall: impl Fn(&Life, &Aim) -> Option<Moment>) -> Vec<(Aim, Row)> {
        let lives = lives();
        let (mut rows, mut aims) = (Vec::new(), Vec::new());
        while let Some(aim) = next(&lives, &rows, wanted) {
            assert!(rows.len() < 10 * wanted, "it does not end");
            let life = lives.iter().find(|life| life.recipe == aim.recipe).unwrap();
            rows.push(Row { recipe: aim.recipe.clone(), ..row(fall(life, &aim)) });
            aims.push(aim);
        }
        aims.into_iter().zip(rows).collect()
    }

    #[rstest::rstest]
    #[case(200, 10)]
    #[case(100, 5)]
    #[case(10, 1)]
    fn every_quota_is_reached_within_what_is_asked_for(
        #[case] wanted: usize,
        #[case] quota: usize,
    ) {
        let walked = walk(wanted, |life, aim| Some(falls(life, aim)));
        assert_eq!(walked.len(), wanted);
        for tier in QUOTAS {
            let hits = walked.iter().filter(|(_, row)| row.moment == Some(Moment::In(tier)));
            assert!(hits.count() >= quota, "{tier}");
        }
    }

    #[test]
    fn kills_are_uniform_over_the_recorded_life() {
        let walked = walk(200, |life, aim| Some(falls(life, aim)));
        for life in lives() {
            let free = walked.iter().filter(|(aim, _)| aim.tier.is_none());
            let own: Vec<u64> = free
                .filter(|(aim, _)| aim.recipe == life.recipe)
                .map(|(aim, _)| aim.millis)
                .collect();
            assert!(own.len() >= 85, "{} kills", own.len());
            for tenth in 0..10 {
                let within = (life.millis * tenth / 10)..(life.millis * (tenth + 1) / 10);
                let hits = own.iter().filter(|millis| within.contains(millis)).count();
                let even = own.len() / 10;
                assert!(hits.abs_diff(even) <= 2, "{hits} kills in tenth {tenth}, {even} are even");
            }
        }
    }

    #[rstest::rstest]
    #[case::too_late(None)]
    #[case::too_early(Some(Moment::Unbegun))]
    fn a_kill_that_does_not_count_is_made_up_for(#[case] missed: Option<Moment>) {
        let misses = |aim: &Aim| aim.number % 4 == 3;
        let fall = |life: &Life, aim: &Aim| Some(falls(life, aim));
        let walked = walk(40, |life, aim| if misses(aim) { missed } else { fall(life, aim) });
        assert_eq!(walked.iter().filter(|(_, row)| row.counts()).count(), 40);
    }

    #[test]
    fn the_rows_alone_say_what_comes_next() {
        let walked = walk(60, |life, aim| Some(falls(life, aim)));
        let (aims, rows): (Vec<_>, Vec<_>) = walked.into_iter().unzip();
        for stopped in [0, 1, 30, 59] {
            assert_eq!(next(&lives(), &rows[..stopped], 60).as_ref(), Some(&aims[stopped]));
        }
        assert_eq!(next(&lives(), &rows, 60), None);
        assert_eq!(next(&[], &rows, 60), None);
    }
}
