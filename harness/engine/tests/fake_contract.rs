//! The contract on the fake: one test per promise, all in no time on tokio's paused clock.

use cc_ci_engine::contract::{self, Broken, Subject};
use cc_ci_engine::fake::FakeEngine;
use cc_ci_model::RunId;

const IMAGE: &str = "cc-ci/nginx:1.22";

macro_rules! on_the_fake {
    ($($promise:ident)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $promise() -> Result<(), Broken> {
            let fake = FakeEngine::with_images([IMAGE]);
            let run = RunId::new("contract").expect("a valid run id");
            let subject = Subject::new(&fake, IMAGE, run);
            contract::$promise(&subject).await?;
            subject.clean().await
        }
    )*};
}

cc_ci_engine::every_promise!(on_the_fake);

/// A Swarm of two nodes keeps each promise as well. The subject's tasks are spread over both.
mod two_nodes {
    use super::*;

    macro_rules! on_two_nodes {
        ($($promise:ident)*) => {$(
            #[tokio::test(start_paused = true)]
            async fn $promise() -> Result<(), Broken> {
                let fake = FakeEngine::of_nodes(["b", "a"]);
                fake.add_image(IMAGE);
                let run = RunId::new("contract").expect("a valid run id");
                let subject = Subject::new(&fake, IMAGE, run);
                contract::$promise(&subject).await?;
                subject.clean().await
            }
        )*};
    }

    cc_ci_engine::every_promise!(on_two_nodes);
}

/// Every promise asks something of the engine: one that refuses everything keeps none of them.
mod refused {
    use cc_ci_engine::EngineError;

    use super::*;

    /// The port's operations that promises may begin with.
    const OPERATIONS: [&str; 15] = [
        "container",
        "create_config",
        "create_network",
        "create_secret",
        "create_service",
        "create_volume",
        "events",
        "image",
        "inventory",
        "node",
        "nodes",
        "pull",
        "remove",
        "services",
        "start_container",
    ];

    macro_rules! on_a_fake_that_refuses {
        ($($promise:ident)*) => {$(
            #[tokio::test(start_paused = true)]
            async fn $promise() {
                let fake = FakeEngine::with_images([IMAGE]);
                for operation in OPERATIONS {
                    let (action, message) = (operation.to_owned(), "not today".to_owned());
                    let error = EngineError::Refused { action, status: None, message };
                    fake.fail_always(operation, "", error);
                }
                let run = RunId::new("contract").expect("a valid run id");
                let subject = Subject::new(&fake, IMAGE, run);
                let kept = contract::$promise(&subject).await;
                assert!(kept.is_err(), "kept by an engine that does nothing");
            }
        )*};
    }

    cc_ci_engine::every_promise!(on_a_fake_that_refuses);
}
