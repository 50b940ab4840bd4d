use cc_ci_engine::{EngineError, ExecOutput};
use cc_ci_model::Tier;
use cc_ci_suite::Suite;

use super::*;
use crate::testing::{Scene, services};

/// A way back that ends unclearly leaves the new version behind it, on the engine and for later tiers. While
/// the engine does not answer, nothing is sent to it: the whole attempt is made again.
#[rstest::rstest]
#[case::refused(
    EngineError::Refused { action: "update".into(), status: Some(500), message: "no".into() },
    true
)]
#[case::no_answer(EngineError::Unreachable { endpoint: "x".into(), message: "no".into() }, false)]
#[tokio::test(start_paused = true)]
async fn an_unclear_way_back_leaves_no_wrong_stage(
    #[case] error: EngineError,
    #[case] goes_forward: bool,
) {
    let scene = Scene::new(services(&[("app", "app:1", &["data:/data"])]), Suite::default());
    let mut life = scene.life().await;
    scene.fake.on_exec("cc-ci-toolbox", ExecOutput::default());
    scene.fake.on_exec("unit-abc123_app", ExecOutput::default());
    let expected = error.fault();
    scene.fake.fail_next("update_service", error);
    let stop = run(&scene.bench(Tier::Rollback), &mut life).await.unwrap_err();
    assert_eq!(stop, Stop::Fault(expected));
    assert_eq!(life.stage, Stage::Head);
    let checks = scene.checks();
    let words: Vec<_> = checks.iter().map(|(id, word, _)| (id.as_str(), *word)).collect();
    assert!(!words.contains(&("back.stack_accepted", "passed")), "{words:?}");
    assert_eq!(words.contains(&("forward.stack_accepted", "passed")), goes_forward, "{words:?}");
}
