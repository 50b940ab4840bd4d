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
