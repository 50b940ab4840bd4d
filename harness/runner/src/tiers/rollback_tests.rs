use cc_ci_engine::{EngineError, ExecOutput};
use cc_ci_model::Tier;
use cc_ci_suite::Suite;

use super::*;
use crate::testing::{Scene, services};

/// A way back that ends unclearly leaves the new version behind it, on the engine and for later tiers.
#[tokio::test(start_paused = true)]
async fn an_unclear_way_back_leaves_no_wrong_stage() {
    let scene = Scene::new(services(&[("app", "app:1", &["data:/data"])]), Suite::default());
    let mut life = scene.life().await;
    scene.fake.on_exec("cc-ci-toolbox", ExecOutput::default());
    scene.fake.on_exec("unit-abc123_app", ExecOutput::default());
    let (endpoint, message) = ("unix:///run/x".to_owned(), "the line was cut".to_owned());
    scene.fake.fail_next("update_service", EngineError::Unreachable { endpoint, message });
    let stop = run(&scene.bench(Tier::Rollback), &mut life).await.unwrap_err();
    assert!(matches!(stop, Stop::Fault(Fault::EngineDown { .. })), "{stop:?}");
    assert_eq!(life.stage, Stage::Head);
    let checks = scene.checks();
    let words: Vec<_> = checks.iter().map(|(id, word, _)| (id.as_str(), *word)).collect();
    // An engine that is gone says nothing about the recipe: the attempt is made again.
    assert!(words.contains(&("back.stack_accepted", "not_run")), "{words:?}");
    assert!(words.contains(&("forward.stack_accepted", "passed")), "{words:?}");
}
