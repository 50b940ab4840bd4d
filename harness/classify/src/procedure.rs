//! From dossiers to labels: every cell, every edge rule, and that asking comes to an end.

use cc_ci_model::{
    Cause, CheckId, Class, Event, EvidenceKind, EvidenceRef, Fault, Outcome, Owner, RecipeName,
    Repeat, Tier, UnitId, Version,
};
use proptest::prelude::*;
use rstest::rstest;

use crate::testing::fault::{external, harness, nobody, recipe};
use crate::testing::{Script, check, finished};
use crate::{
    AttemptFact, Dossier, Experiment, RERUNS_ALONE, Step, Tried, Verdict, conclude, dossiers, step,
};

/// One word per attempt: `f` failed, `p` passed, `-` did not run, `x` red while broken off;
/// upper case stands for alone on the node.
fn dossier(tier: Tier, words: &str, faults: &[Fault]) -> Dossier {
    let mut faults = faults.iter().cycle();
    let mut fault = || faults.next().unwrap().clone();
    let attempts = (1..).zip(words.chars()).map(|(attempt, word)| AttemptFact {
        attempt,
        isolated: word.is_ascii_uppercase() || word == '=',
        tried: match word.to_ascii_lowercase() {
            'f' => Tried::Failed { fault: fault() },
            'p' => Tried::Passed,
            'x' => Tried::DidNotRun { why: "broken off".into(), fault: Some(fault()) },
            _ => Tried::DidNotRun { why: "blocked by deploy".into(), fault: None },
        },
        evidence: vec![EvidenceRef {
            sha256: format!("{attempt:064}"),
            kind: EvidenceKind::Log,
            name: "app".into(),
            bytes: 1,
        }],
    });
    Dossier {
        recipe: RecipeName::new("app").unwrap(),
        version: Some(Version::new("1.0.0+2").unwrap()),
        unit: Some(UnitId::new("app@1.0.0+2").unwrap()),
        tier: Some(tier),
        check: CheckId::new("serves").unwrap(),
        rerun: "cc-ci run app --isolated".into(),
        attempts: attempts.collect(),
    }
}

fn label(step: Step) -> Verdict {
    match step {
        Step::Label(verdict) => verdict,
        Step::Need(experiment) => panic!("not decided, needs {experiment:?}"),
    }
}

#[rstest]
#[case::recipe_every_time("fF", recipe(), Class::Recipe, Repeat::Deterministic)]
#[case::recipe_sometimes("fFP", recipe(), Class::Flake, Repeat::Intermittent)]
#[case::recipe_once("fP", recipe(), Class::Flake, Repeat::Once)]
#[case::recipe_not_reached_again("f=", recipe(), Class::Undetermined, Repeat::Unknown)]
#[case::harness_every_time("fF", harness(), Class::Harness, Repeat::Deterministic)]
#[case::harness_sometimes("fFP", harness(), Class::Harness, Repeat::Intermittent)]
#[case::harness_once("fP", harness(), Class::Flake, Repeat::Once)]
#[case::harness_not_reached_again("f=", harness(), Class::Undetermined, Repeat::Unknown)]
#[case::external_every_time("fF", external(), Class::Harness, Repeat::Deterministic)]
#[case::external_sometimes("fFP", external(), Class::Flake, Repeat::Intermittent)]
#[case::external_once("fP", external(), Class::Flake, Repeat::Once)]
#[case::external_not_reached_again("f=", external(), Class::Undetermined, Repeat::Unknown)]
#[case::nobody_every_time("fF", nobody(), Class::Undetermined, Repeat::Deterministic)]
#[case::nobody_sometimes("fFP", nobody(), Class::Flake, Repeat::Intermittent)]
#[case::nobody_once("fP", nobody(), Class::Flake, Repeat::Once)]
#[case::nobody_not_reached_again("f=", nobody(), Class::Undetermined, Repeat::Unknown)]
#[case::green_in_company_red_alone("pfF", recipe(), Class::Undetermined, Repeat::Intermittent)]
#[case::red_only_while_broken_off("xP", recipe(), Class::Flake, Repeat::Once)]
#[case::broken_off_twice("xX", recipe(), Class::Undetermined, Repeat::Unknown)]
fn every_cell(
    #[case] words: &str,
    #[case] fault: Fault,
    #[case] class: Class,
    #[case] repeat: Repeat,
) {
    let verdict = label(step(&dossier(Tier::Custom, words, &[fault])));
    assert_eq!((verdict.class, verdict.repeat), (class, repeat), "{verdict:#?}");
}

#[rstest]
#[case::image_gone(Fault::ImageMissing { reference: "a:1".into(), message: "404".into() }, Class::Recipe)]
#[case::quota(Fault::RegistryQuota { reference: "a:1".into(), message: "429".into() }, Class::Harness)]
fn a_rerun_that_fails_again_does_not_blame_the_wrong_side(
    #[case] fault: Fault,
    #[case] class: Class,
) {
    assert_eq!(label(step(&dossier(Tier::Deploy, "fF", &[fault]))).class, class);
}

#[rstest]
#[case::first("f")]
#[case::company_again("ff")]
#[case::isolated_from_the_start("F")]
#[case::first_red_in_the_rerun_of_another("-F")]
#[case::passed_before_and_red_alone("pF")]
#[case::broken_off("x")]
fn a_case_asks_for_a_rerun_alone_first(#[case] words: &str) {
    let dossier = dossier(Tier::Upgrade, words, &[recipe()]);
    assert_eq!(step(&dossier), Step::Need(Experiment::RerunAlone));
    let early = conclude(&dossier);
    assert_ne!(early.class, Class::Flake, "without a pass alone nothing is a flake");
}

#[rstest]
#[case(Tier::Teardown, Fault::LeftBehind { objects: vec!["volume v".into()] }, Cause::State)]
#[case(Tier::Deploy, Fault::EngineDown { message: "m".into() }, Cause::Engine)]
#[case(Tier::Teardown, Fault::DeployCount { expected: 1, found: 2 }, Cause::Code)]
#[case(Tier::Custom, Fault::Bug { message: "m".into() }, Cause::Code)]
#[case(Tier::Custom, Fault::BrokenCheck { message: "m".into() }, Cause::Check)]
#[case(Tier::Teardown, nobody(), Cause::Unknown)]
fn what_is_ours_by_type_or_place_needs_no_rerun_and_heals_by_none(
    #[case] tier: Tier,
    #[case] fault: Fault,
    #[case] cause: Cause,
) {
    for words in ["f", "fF", "fP"] {
        let verdict = label(step(&dossier(tier, words, std::slice::from_ref(&fault))));
        assert_eq!(
            (verdict.class, verdict.owner, verdict.cause),
            (Class::Harness, Owner::Harness, cause)
        );
    }
}

#[test]
fn owners_that_disagree_are_unknown_and_said_so() {
    let verdict = label(step(&dossier(Tier::Deploy, "fF", &[recipe(), harness()])));
    assert_eq!((verdict.class, verdict.owner), (Class::Undetermined, Owner::Unknown));
    assert!(verdict.because.iter().any(|line| line.contains("recipe, harness")), "{verdict:#?}");
    assert!(verdict.confidence.abs() < f64::EPSILON);
}

#[test]
fn the_same_owner_with_another_fault_is_the_same_owner() {
    let other = Fault::BadDump { path: "db/dump.sql".into(), defect: "empty".into() };
    let verdict = label(step(&dossier(Tier::Backup, "fF", &[other, recipe()])));
    assert_eq!((verdict.class, verdict.cause), (Class::Recipe, Cause::Backup));
}

#[rstest]
#[case("fF", 0.714, "at most 5 %")]
#[case("fFF", 0.833, "at most 22 %")]
#[case("fFFFFF", 0.955, "at most 55 %")]
fn confidence_counts_isolated_failures_and_says_what_they_exclude(
    #[case] words: &str,
    #[case] expected: f64,
    #[case] sentence: &str,
) {
    let verdict = label(step(&dossier(Tier::Custom, words, &[recipe()])));
    assert!((verdict.confidence - expected).abs() < 0.001, "{}", verdict.confidence);
    assert!(verdict.because.iter().any(|line| line.contains(sentence)), "{verdict:#?}");
}

#[test]
fn refused_files_are_the_recipes_without_a_rerun() {
    let mut plan = dossier(Tier::Deploy, "f", &[Fault::BadRecipe { message: "m".into() }]);
    plan.tier = None;
    let verdict = label(step(&plan));
    assert_eq!((verdict.class, verdict.repeat), (Class::Recipe, Repeat::Deterministic));
    let mut plan = dossier(Tier::Deploy, "f", &[external()]);
    plan.tier = None;
    assert_eq!(label(step(&plan)).class, Class::Undetermined);
}

#[test]
fn evidence_is_that_of_the_red_attempts() {
    let verdict = label(step(&dossier(Tier::Custom, "fPF", &[recipe()])));
    let names: Vec<_> = verdict.evidence.iter().map(|e| e.sha256.trim_start_matches('0')).collect();
    assert_eq!(names, ["1", "3"]);
}

#[test]
fn a_failed_tear_down_changes_no_other_verdict() {
    let run = |teardown: Outcome| {
        let attempt = |script: Script, number, alone| {
            script
                .start(number, alone)
                .then(check(Tier::Custom, "serves", Outcome::Failed { fault: recipe() }))
                .then(check(Tier::Teardown, "empty", teardown.clone()))
                .then(finished(1, &[], false))
        };
        dossiers(&attempt(attempt(Script::new(), 1, false), 2, true).over(false).records())
    };
    let clean = run(Outcome::Passed);
    let fault = Fault::LeftBehind { objects: vec!["volume v".into()] };
    let dirty = run(Outcome::Failed { fault });
    assert_eq!((clean.len(), dirty.len()), (1, 2));
    assert_eq!(step(&clean[0]), step(&dirty[0]));
    assert_eq!(label(step(&dirty[0])).class, Class::Recipe);
    assert_eq!(label(step(&dirty[1])).class, Class::Harness);
}

fn any_fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(recipe()),
        Just(harness()),
        Just(external()),
        Just(nobody()),
        Just(Fault::Bug { message: "m".into() }),
    ]
}

fn any_tier() -> impl Strategy<Value = Tier> {
    (0..Tier::ALL.len()).prop_map(|at| Tier::ALL[at])
}

proptest! {
    #[test]
    fn asking_comes_to_an_end(
        tier in any_tier(),
        before in "[fpxFPX=-]{0,4}[fF]",
        answers in "[FPX=]{4}",
        faults in proptest::collection::vec(any_fault(), 1..4),
    ) {
        let mut words = before;
        let mut asked = 0;
        let mut answers = answers.chars();
        let verdict = loop {
            match step(&dossier(tier, &words, &faults)) {
                Step::Label(verdict) => break verdict,
                Step::Need(Experiment::RerunAlone) => {
                    asked += 1;
                    prop_assert!(asked <= RERUNS_ALONE, "asked {} times: {}", asked, words);
                    words.push(answers.next().unwrap());
                }
            }
        };
        let again = label(step(&dossier(tier, &words, &faults)));
        prop_assert_eq!(&again, &verdict, "the same dossier has the same verdict");
        prop_assert!((0.0..=1.0).contains(&verdict.confidence));
        prop_assert!(!verdict.because.is_empty());
    }

    #[test]
    fn a_skip_never_becomes_a_pass(
        tier in any_tier(),
        words in "f[fFxX=-]{0,5}",
        fault in any_fault(),
    ) {
        let verdict = conclude(&dossier(tier, &words, std::slice::from_ref(&fault)));
        prop_assert_ne!(verdict.class, Class::Flake, "nothing passed in {}", words);
        prop_assert_ne!(verdict.repeat, Repeat::Once);
        prop_assert_ne!(verdict.repeat, Repeat::Intermittent);
    }

    #[test]
    fn what_did_not_run_changes_no_class(
        words in "f[fpFP]{1,4}",
        at in 0usize..5,
        fault in any_fault(),
    ) {
        let plain = conclude(&dossier(Tier::Custom, &words, std::slice::from_ref(&fault)));
        let mut more = words.clone();
        more.insert(at.min(words.len()), '-');
        let with_skip = conclude(&dossier(Tier::Custom, &more, std::slice::from_ref(&fault)));
        prop_assert_eq!((plain.class, plain.repeat), (with_skip.class, with_skip.repeat));
    }
}

/// A rerun that was killed answers nothing: the process that goes on with the run makes it again.
#[rstest]
#[case::by_a_user(false, false)]
#[case::with_its_process(true, true)]
fn a_rerun_that_broke_off_is_made_again_where_its_process_was_killed(
    #[case] killed: bool,
    #[case] again: bool,
) {
    let failed = |fault| check(Tier::Deploy, "serves", Outcome::Failed { fault });
    let script = Script::new().start(1, false).then(failed(recipe())).then(finished(1, &[], false));
    let script = script.start(2, true);
    let script = if killed {
        script.then(Event::Resumed { ended: Vec::new(), again: Vec::new() })
    } else {
        script.then(finished(1, &[], true))
    };
    let records = script.records();
    let found = dossiers(&records);
    let needs = matches!(step(&found[0]), Step::Need(Experiment::RerunAlone));
    assert_eq!(needs, again, "{found:#?}");
}
