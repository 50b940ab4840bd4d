//! The contract on the real engine: one test per promise.

use cc_ci_docker::Docker;
use cc_ci_engine::contract::{self, Subject};
use cc_ci_testkit::stack::NGINX;

/// The program that makes the machine able where it is not.
const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");

macro_rules! on_docker {
    ($($promise:ident)*) => {$(
        #[tokio::test]
        async fn $promise() {
            let node = cc_ci_testkit::node(PROGRAM).needs([NGINX]).start(Docker::connect).await;
            let node = node.unwrap_or_else(|unable| panic!("{unable}"));
            let subject = Subject::new(node.engine(), NGINX, node.run().clone());
            let kept = contract::$promise(&subject).await;
            // What a broken promise left is removed all the same.
            let clean = subject.clean().await;
            kept.and(clean).unwrap_or_else(|broken| panic!("{broken}"));
            node.finish().await;
        }
    )*};
}

cc_ci_engine::every_promise!(on_docker);
