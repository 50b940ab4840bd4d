use cc_ci_engine::fake::FakeEngine;
use cc_ci_engine::{Containers, EngineError, Images};

use super::*;
use crate::http::fake::changing;
use crate::images::Action;
use crate::infra::writer::NAME;
use crate::settings::fake::settings;

const OK: &str = "HTTP/1.1 200 OK\r\n";
const PLAIN: &str = "ARG BASE\nFROM ${BASE}\n";

fn image(settings: &Settings, name: &str, tag: &str) {
    let folder = settings.state.join("images").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    // The fake engine gives one id to equal contexts.
    std::fs::write(folder.join("Dockerfile"), format!("# {name}\n{PLAIN}")).unwrap();
    let text =
        format!("schema = 1\ndescription = \"x\"\n[[build]]\ntag = \"{tag}\"\nbase = \"trixie\"\n");
    std::fs::write(folder.join("image.toml"), text).unwrap();
}

fn catalogue(settings: &Settings) -> Catalogue {
    Catalogue::load(&settings.state.join("images")).unwrap()
}

fn deaf(_: Step<'_>) {}

async fn tried(engine: &FakeEngine, settings: &Settings) -> Result<Vec<Built>, ImageError> {
    Making::building(catalogue(settings), &[]).unwrap().run(engine, settings, &deaf).await
}

async fn built(engine: &FakeEngine, settings: &Settings) -> Vec<Built> {
    tried(engine, settings).await.unwrap()
}

/// What a registry answers that has this image of the engine.
async fn manifest(engine: &FakeEngine, reference: &str) -> String {
    let id = engine.image(reference).await.unwrap().unwrap().id;
    format!("{OK}\r\n{{\"config\": {{\"digest\": \"{id}\"}}}}")
}

/// A machine whose registry and its writer answer, with these images beside the registry's own.
async fn machine(names: &[&str]) -> (tempfile::TempDir, Settings, FakeEngine) {
    let (state, mut settings) = settings();
    settings.registry_port = changing(&format!("{OK}\r\n")).await.0;
    settings.writer_port = changing(&format!("{OK}\r\n")).await.0;
    image(&settings, "registry", "2.8");
    names.iter().for_each(|name| image(&settings, name, "1"));
    let engine = FakeEngine::new();
    engine.add_to_registry("debian:trixie-slim");
    (state, settings, engine)
}

#[tokio::test]
async fn another_image_under_a_tag_is_refused() {
    let (_state, mut settings) = settings();
    let (port, answer) = changing(OK).await;
    settings.registry_port = port;
    image(&settings, "app", "1");
    let catalogue = catalogue(&settings);
    let engine = FakeEngine::with_images(["cc-ci/app:1", "other:1"]);
    *answer.lock().unwrap() = manifest(&engine, "cc-ci/app:1").await;
    let found = catalogue.resolve(&engine, &settings, "app:1").await.unwrap();
    assert!(found.starts_with(&format!("127.0.0.1:{port}/cc-ci/app@sha256:")), "{found}");
    *answer.lock().unwrap() = manifest(&engine, "other:1").await;
    let error = catalogue.resolve(&engine, &settings, "app:1").await.unwrap_err();
    assert!(matches!(error, ImageError::Differs { .. }), "{error}");
    assert!(error.to_string().contains("`cc-ci images push app:1`"), "{error}");
}

#[tokio::test]
async fn builds_what_changed_and_nothing_else() {
    let (_state, mut settings) = settings();
    let (port, answer) = changing(&format!("{OK}\r\n")).await;
    (settings.registry_port, settings.writer_port) = (port, changing(&format!("{OK}\r\n")).await.0);
    image(&settings, "registry", "2.8");
    let engine = FakeEngine::new();
    engine.add_to_registry("debian:trixie-slim");

    let first = built(&engine, &settings).await;
    assert_eq!(first[0].action, Action::Built);
    assert!(engine.container(NAME).await.unwrap_err().is_not_found());

    // The registry has lost it: it is sent again, not built again.
    let builds = engine.count("build");
    assert_eq!(built(&engine, &settings).await[0].action, Action::Pushed);

    *answer.lock().unwrap() = manifest(&engine, "cc-ci/registry:2.8").await;
    let pushes = engine.count("push");
    assert_eq!(built(&engine, &settings).await[0].action, Action::UpToDate);
    assert_eq!((engine.count("build"), engine.count("push")), (builds, pushes));

    let dockerfile = settings.state.join("images").join("registry/Dockerfile");
    std::fs::write(dockerfile, "ARG BASE\nFROM ${BASE}\nRUN true\n").unwrap();
    assert_eq!(built(&engine, &settings).await[0].action, Action::Built);
}

#[tokio::test]
async fn what_is_not_built_cannot_be_pushed_or_resolved() {
    let (_state, mut settings) = settings();
    settings.registry_port = changing(&format!("{OK}\r\n")).await.0;
    image(&settings, "app", "1");
    let engine = FakeEngine::with_images(["cc-ci/registry:2.8"]);
    let names = ["app".to_owned()];
    let making = Making::sending(catalogue(&settings), &names).unwrap();
    let error = making.run(&engine, &settings, &deaf).await.unwrap_err();
    assert!(error.to_string().contains("run `cc-ci images build app:1`"), "{error}");
    let error = catalogue(&settings).resolve(&engine, &settings, "app:1").await.unwrap_err();
    assert!(matches!(error, ImageError::NotBuilt { .. }), "{error}");
}

fn broken() -> EngineError {
    EngineError::Build { message: "step 3 ended with 1".to_owned() }
}

#[tokio::test]
async fn an_image_that_fails_does_not_keep_the_others_from_being_made() {
    let (_state, settings, engine) = machine(&["bad", "good"]).await;
    let heard = Mutex::new(Vec::new());
    let watch = |step: Step<'_>| {
        if let Step::Ended { name, how, .. } = step {
            heard.lock().unwrap().push(format!("{name} {how}"));
        }
    };
    let making = Making::building(catalogue(&settings), &[]).unwrap();
    // The registry's own image is wanted first, then `bad`.
    making.want("registry:2.8");
    making.want("bad:1");
    engine.fail_on("build", "bad", broken());
    let error = making.run(&engine, &settings, &watch).await.unwrap_err();
    assert!(matches!(&error, ImageError::Engine { name, .. } if name == "bad:1"), "{error}");
    assert!(error.to_string().contains("step 3 ended with 1"), "{error}");
    let heard = heard.into_inner().unwrap();
    assert!(heard.contains(&"bad:1 failed".to_owned()), "{heard:?}");
    assert!(heard.contains(&"good:1 built".to_owned()), "{heard:?}");
    // The registry cannot be written to, although the work failed.
    assert!(engine.container(NAME).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn what_needs_a_base_that_fails_is_named() {
    let (_state, settings, engine) = machine(&["app"]).await;
    engine.fail_next("build", broken());
    let error = tried(&engine, &settings).await.unwrap_err();
    let ImageError::Several { errors, lost } = &error else { panic!("{error}") };
    assert_eq!(
        (errors.len(), lost.as_slice()),
        (1, ["app:1", "registry:2.8"].map(str::to_owned).as_slice())
    );
    assert!(error.to_string().ends_with("not made without it: app:1, registry:2.8"), "{error}");
}

#[tokio::test]
async fn what_a_caller_waits_for_is_made_before_the_others() {
    let (_state, settings, engine) = machine(&["a", "b", "z"]).await;
    let making = Making::building(catalogue(&settings), &[]).unwrap();
    let (had, done) = tokio::join!(making.had("z:1"), making.run(&engine, &settings, &deaf));
    assert_eq!((had.is_ok(), done.unwrap().len()), (true, 4));
    let log = engine.log();
    let built: Vec<_> = log.iter().filter_map(|line| line.strip_prefix("build cc-ci/")).collect();
    let place = |name: &str| built.iter().position(|built| built.starts_with(name));
    assert!(place("z:1") < place("a:1"), "{built:?}");
    // A later caller gets the image at once.
    assert!(making.had("z:1").await.is_ok() && making.registry().await.is_ok());
}

#[tokio::test]
async fn no_caller_waits_for_an_image_that_will_not_be_made() {
    let (_state, settings, engine) = machine(&["a"]).await;
    let making = Making::building(catalogue(&settings), &[]).unwrap();
    engine.fail_next("build", broken());
    let (waited, registry, done) =
        tokio::join!(making.had("a:1"), making.registry(), making.run(&engine, &settings, &deaf));
    assert!(done.is_err());
    assert!(matches!(waited, Err(ImageError::NotBuilt { name }) if name == "a:1"));
    assert!(registry.is_err());

    // The work was dropped half-way.
    let making = Making::building(catalogue(&settings), &[]).unwrap();
    let making = std::sync::Arc::new(making);
    let waiting = tokio::spawn({
        let making = making.clone();
        async move { making.had("a:1").await }
    });
    engine.hang("build");
    let run = making.run(&engine, &settings, &deaf);
    assert!(tokio::time::timeout(std::time::Duration::from_millis(200), run).await.is_err());
    assert!(waiting.await.unwrap().is_err());
}

#[tokio::test]
async fn an_engine_that_is_gone_is_the_whole_error() {
    let (_state, settings, engine) = machine(&["a"]).await;
    let gone = EngineError::Unreachable { endpoint: "x".into(), message: "gone".into() };
    engine.fail_next("build", gone.clone());
    let error = tried(&engine, &settings).await.unwrap_err();
    assert!(matches!(error, ImageError::Engine { source, .. } if source == gone));
}

#[test]
fn images_that_begin_alike_are_not_built_at_the_same_time() {
    let (_state, settings) = settings();
    for name in ["registry", "one", "other", "two"] {
        image(&settings, name, "1");
        let run = if name == "other" { "RUN b" } else { "RUN a" };
        let dockerfile = settings.state.join("images").join(name).join("Dockerfile");
        std::fs::write(dockerfile, format!("{PLAIN}{run}\nCOPY {name} /x\n")).unwrap();
    }
    let catalogue = catalogue(&settings);
    let all = catalogue.targets();
    let apart = |name: &str| alike(&catalogue.one(name).unwrap(), &all).unwrap();
    let images = |names: [&str; 2]| names.map(|name| Part::Image(name.to_owned())).to_vec();
    assert_eq!(apart("two"), images(["one:1", "registry:1"]));
    assert_eq!(apart("one"), images(["registry:1", "two:1"]));
    assert_eq!(apart("other"), Vec::new());
}
