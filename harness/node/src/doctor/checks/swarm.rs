//! Can services be created here?

use async_trait::async_trait;

use super::super::facts::Facts;
use super::super::finding::Answer;
use super::check::{Check, unknown};

pub(super) struct Swarm;

#[async_trait]
impl Check for Swarm {
    fn id(&self) -> &'static str {
        "engine.swarm"
    }

    fn what(&self) -> &'static str {
        "Swarm"
    }

    async fn examine(&self, facts: &Facts<'_>) -> Answer {
        let Ok(node) = &facts.engine else { return unknown() };
        match (node.swarm.as_str(), node.manager) {
            ("active", true) => Answer::ok("active, this node is a manager"),
            ("active", false) => Answer::bad("this node is a worker of a Swarm")
                .remedy("run on a manager, or `docker node promote` this node there"),
            ("inactive" | "", _) => {
                Answer::bad("the engine is in no Swarm").remedy("cc-ci doctor --fix")
            }
            ("locked", _) => Answer::bad("the Swarm is locked").remedy("docker swarm unlock"),
            (state, _) => Answer::bad(format!("the Swarm is {state}"))
                .remedy("look at `docker info`; `docker swarm leave --force` gives the Swarm up"),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::super::{facts::fake, finding::Status};
    use super::*;
    use crate::host::fake::host;

    #[rstest]
    #[case::manager("active", true, Status::Ok)]
    #[case::worker("active", false, Status::Bad)]
    #[case::none("inactive", false, Status::Bad)]
    #[case::locked("locked", false, Status::Bad)]
    #[case::broken("error", false, Status::Bad)]
    #[tokio::test]
    async fn judges(#[case] swarm: &str, #[case] manager: bool, #[case] expected: Status) {
        let (_folder, host) = host(&[]);
        let settings = fake::settings();
        let mut facts = fake::facts(&host, &settings);
        let node = facts.engine.as_mut().unwrap();
        (node.swarm, node.manager) = (swarm.to_owned(), manager);
        let answer = Swarm.examine(&facts).await;
        assert_eq!(answer.status, expected);
        assert_eq!(answer.remedy.is_some(), expected != Status::Ok);
    }
}
