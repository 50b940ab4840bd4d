//! Which stores count as proven.

use cc_ci_model::{Event, Fault, Outcome, Proves, Tier};

use super::{Gap, StoreProof};
use crate::fixtures::{advice, app, crash, green, view};
use crate::script::{Script, not_run};
use rstest::rstest;

fn stores(script: Script) -> Vec<StoreProof> {
    let run = view(&script.finish(&[], false).over(false));
    run.units[0].decisive().unwrap().stores()
}

fn begin() -> Script {
    Script::run(&[app()]).start(&app(), 1, false).pass(Tier::Deploy, &["serves"])
}

fn skip(script: Script, tier: Tier, store: &str) -> Script {
    let (store, reason) = (store.into(), "keeps nothing".into());
    script.event(Event::CanarySkipped { tier, store, reason })
}

/// `name=operation,operation|operation: reason`
fn words(stores: &[StoreProof]) -> Vec<String> {
    let one = |store: &StoreProof| {
        let proven: Vec<_> = store.proven.iter().map(|tier| tier.as_str()).collect();
        let gaps = store.not_proven.iter().map(|gap| format!("|{}: {}", gap.tier, gap.reason));
        format!("{}={}{}", store.name, proven.join(","), gaps.collect::<String>())
    };
    stores.iter().map(one).collect()
}

#[test]
fn every_operation_is_named() {
    let run = view(&green());
    let stores = run.units[0].decisive().unwrap().stores();
    let expected = [
        "files:content=upgrade,restore,restart,recovery",
        "sqlite in data=|restore: no database file|recovery: no database file",
    ];
    assert_eq!(words(&stores), expected);
    assert_eq!(
        stores[0].proven_words().unwrap(),
        "files:content (upgrade, restore, restart, recovery)"
    );
    assert_eq!(stores[0].gap_words(), None);
    assert_eq!(stores[1].proven_words(), None);
    let gap = "sqlite in data (restore, recovery: no database file)";
    assert_eq!(stores[1].gap_words().unwrap(), gap);
    let stores = view(&advice()).units[0].decisive().unwrap().stores();
    assert_eq!(stores[0].proven, [Tier::Restore, Tier::Recovery]);
}

const RESTORE: Tier = Tier::Restore;

#[rstest]
#[case::back(&[("data_back.s:a", 'p')], "s:a=restore")]
#[case::back_and_later_gone(&[("data_back.s:a", 'p'), ("later_data_gone.s:a", 'p')], "s:a=restore")]
#[case::gone_alone_is_no_proof(&[("later_data_gone.s:a", 'p')], "s:a=|restore: no check looked at its data")]
#[case::later_data_kept(
    &[("data_back.s:a", 'p'), ("later_data_gone.s:a", 'f')],
    "s:a=|restore: gone"
)]
#[case::lost(&[("data_back.s:a", 'f'), ("later_data_gone.s:a", 'p')], "s:a=|restore: gone")]
#[case::not_looked_at(&[("data_back.s:a", 'n')], "s:a=|restore: left out")]
#[case::declared_out(&[("store_proven.s:a", 'a')], "s:a=|restore: declared")]
#[case::one_is_missing(&[("data_back.s:a", 'p'), ("store_proven.s:a", 'n')], "s:a=|restore: left out")]
#[case::negative_does_not_apply(
    &[("data_back.s:a", 'p'), ("deleted_data_gone.s:a", 'a')],
    "s:a=restore"
)]
#[case::another_store(&[("data_back.s:ab", 'p')], "s:a=|restore: no check looked at its data")]
#[case::nothing(&[("services_converge", 'p')], "s:a=|restore: no check looked at its data")]
fn only_data_that_was_seen_is_proven(#[case] checks: &[(&str, char)], #[case] expected: &str) {
    let lost = || Fault::DataLost {
        store: "s:a".into(),
        detail: "gone".into(),
        after: cc_ci_model::Operation::Restore,
    };
    let script = begin().written(Tier::Backup, "s:a").pass(Tier::Backup, &["snapshot"]);
    let script = checks.iter().fold(script, |script, (name, word)| {
        let outcome = match word {
            'p' => Outcome::Passed,
            'f' => Outcome::Failed { fault: lost() },
            'a' => Outcome::NotApplicable { reason: "declared".into() },
            _ => not_run("left out"),
        };
        script.check(RESTORE, name, outcome)
    });
    let found = stores(script.end(RESTORE, Outcome::Passed));
    assert_eq!(words(&found)[0], expected);
    let wrong = found[0].not_proven.iter().any(|gap| gap.wrong);
    assert_eq!(wrong, checks.iter().any(|(_, word)| *word == 'f'));
}

#[test]
fn a_check_that_proves_no_data_does_not_count() {
    let script = begin()
        .written(Tier::Restart, "s:a")
        .proving(Tier::Restart, "data_intact.s:a", Outcome::Passed, Proves::Step)
        .end(Tier::Restart, Outcome::Passed);
    assert_eq!(words(&stores(script)), ["s:a=|restart: no check looked at its data"]);
}

#[test]
fn a_tier_that_broke_off_before_the_look_says_so() {
    let script = begin()
        .written(Tier::Upgrade, "s:a")
        .check(Tier::Upgrade, "canary_data_written", Outcome::Passed)
        .fail(Tier::Upgrade, "services_converge", crash());
    let expected = format!("s:a=|upgrade: nobody came to look at its data: {}", crash());
    assert_eq!(words(&stores(script)), [expected]);
}

#[test]
fn a_tier_that_nobody_began_is_no_gap() {
    let script = begin()
        .written(Tier::Backup, "s:a")
        .pass(Tier::Backup, &["snapshot"])
        .end(RESTORE, not_run("not asked for"));
    let found = stores(script);
    assert_eq!(words(&found), ["s:a="]);
    let gap = "s:a (no operation that could prove it was carried out)";
    assert_eq!(found[0].gap_words().unwrap(), gap);
}

#[test]
fn a_store_that_only_a_check_tells_of_is_listed() {
    let script = begin()
        .check(RESTORE, "data_back.s:a", Outcome::Passed)
        .check(RESTORE, "data_back.media", not_run("no store in it is known"))
        .end(RESTORE, not_run("no store in it is known"));
    let expected = ["s_a=restore", "media=|restore: no store in it is known"];
    assert_eq!(words(&stores(script)), expected);
}

/// Their checks have one id, so the pass of one would stand for both.
#[test]
fn stores_that_cannot_be_told_apart_are_not_proven() {
    let tail = "x".repeat(90);
    for (one, two) in [
        ("files:A".to_owned(), "files:a".to_owned()),
        (format!("sqlite:{tail}1"), format!("sqlite:{tail}2")),
    ] {
        let script = skip(begin().written(Tier::Restart, &one), Tier::Restart, &two)
            .check(Tier::Restart, &format!("data_intact.{one}"), Outcome::Passed)
            .end(Tier::Restart, Outcome::Passed);
        let found = stores(script);
        assert_eq!(found.len(), 2);
        for (store, twin) in found.iter().zip([&two, &one]) {
            assert!(store.proven.is_empty());
            let reason = format!("its checks cannot be told from those of {twin}");
            assert_eq!(store.not_proven[0].reason, reason);
        }
    }
}

#[test]
fn different_reasons_are_told_apart() {
    let gap = |tier, reason: &str| Gap { tier, reason: reason.into(), wrong: false };
    let store = StoreProof {
        name: "s".into(),
        proven: vec![Tier::Upgrade],
        not_proven: vec![gap(RESTORE, "a"), gap(Tier::Restart, "b"), gap(Tier::Recovery, "a")],
    };
    assert_eq!(store.gap_words().unwrap(), "s (restore, recovery: a; restart: b)");
}
