//! Stores that hold no canary data, as events and checks.

use cc_ci_canary::{Gap, Saved, Unwritten};
use cc_ci_model::{Event, Outcome};

use crate::bench::Bench;
use crate::life::Life;

/// Reports every store that holds no canary data as an event, and where the tier needs it as the check
/// `store_proven.<store>`.
pub(crate) fn report(
    bench: &Bench<'_>,
    standing: &mut Life<'_>,
    unwritten: &[Unwritten],
    needed: impl Fn(&Unwritten) -> bool,
) {
    let tier = bench.tier;
    let mut excused = standing.excused.take().unwrap_or_default();
    for store in unwritten {
        let (name, reason) = (store.name.clone(), store.reason.clone());
        let declared = standing.plan.suite.unproven_stores.get(&store.name);
        if declared.is_some() && store.gap == Gap::Open {
            excused.insert(store.name.clone());
        }
        if !needed(store) {
            let Saved::No(reason) = store.saved.clone() else { continue };
            bench.say(Event::CanarySkipped { tier, store: name, reason });
            continue;
        }
        bench.say(Event::CanarySkipped { tier, store: name.clone(), reason: reason.clone() });
        let outcome = outcome(store.gap, reason, declared);
        bench.note(&format!("store_proven.{name}"), outcome, 0, Vec::new());
    }
    standing.excused = Some(excused);
}

fn outcome(gap: Gap, reason: String, declared: Option<&String>) -> Outcome {
    match (gap, declared) {
        (Gap::ByDesign, _) => Outcome::NotApplicable { reason },
        (Gap::Open, Some(why)) => Outcome::NotApplicable { reason: format!("{why} ({reason})") },
        (Gap::Open, None) => {
            Outcome::NotRun { reason: format!("it cannot be written to: {reason}") }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use cc_ci_model::Tier;
    use cc_ci_suite::Suite;

    use super::*;
    use crate::testing::{Scene, services};

    fn store(name: &str, gap: Gap, reason: &str) -> Unwritten {
        let (name, reason) = (name.to_owned(), reason.to_owned());
        Unwritten { name, reason, gap, volume: None, saved: Saved::Yes }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_declared_holds_the_level_down() {
        let declared = |name: &str| (name.to_owned(), "no shell in there".to_owned());
        let unproven_stores = BTreeMap::from([declared("postgres:sealed"), declared("redis:gone")]);
        let suite = Suite { unproven_stores, ..Suite::default() };
        let scene = Scene::new(services(&[("app", "app:1", &[])]), suite);
        let mut life = scene.life().await;
        let found = [
            store("redis:cache", Gap::ByDesign, "a cache"),
            store("postgres:db/ledger", Gap::Open, "ERROR:  42501: permission denied"),
            store("postgres:sealed", Gap::Open, "its image has no shell"),
        ];
        report(&scene.bench(Tier::Upgrade), &mut life, &found, |_| true);
        let mut checks = scene.checks();
        let told: Vec<_> = checks.iter().map(|(id, word, _)| (id.as_str(), *word)).collect();
        let expected = [
            ("store_proven.redis_cache", "not_applicable"),
            ("store_proven.postgres_db_ledger", "not_run"),
            ("store_proven.postgres_sealed", "not_applicable"),
        ];
        assert_eq!(told, expected);
        let reason = checks.remove(2).2.unwrap();
        assert!(reason.starts_with("no shell in there (its image has no shell"), "{reason}");
        let skipped = |event: &Event| matches!(event, Event::CanarySkipped { .. });
        let records = scene.world.journal.records();
        assert_eq!(records.iter().filter(|record| skipped(&record.event)).count(), 3);
        let stale = crate::stale::declarations(&life, &[]);
        assert_eq!(stale.len(), 1, "{stale:?}");
    }

    #[rstest::rstest]
    #[case::a_gap_holds_the_level_down(Gap::Open, None, "not_run")]
    #[case::a_declared_gap_does_not(Gap::Open, Some("no client"), "not_applicable")]
    #[case::a_cache_keeps_nothing(Gap::ByDesign, None, "not_applicable")]
    fn what_an_unproven_store_means(
        #[case] gap: Gap,
        #[case] declared: Option<&str>,
        #[case] word: &str,
    ) {
        let declared = declared.map(str::to_owned);
        let outcome = outcome(gap, "why".to_owned(), declared.as_ref());
        assert_eq!(outcome.word(), word);
    }
}
