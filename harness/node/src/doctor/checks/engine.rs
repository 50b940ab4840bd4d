//! Does an engine answer?

use async_trait::async_trait;

use super::super::facts::Facts;
use super::super::finding::Answer;
use super::Check;

pub(super) struct Reachable;

#[async_trait]
impl Check for Reachable {
    fn id(&self) -> &'static str {
        "engine"
    }

    fn what(&self) -> &'static str {
        "engine answers"
    }

    async fn examine(&self, facts: &Facts<'_>) -> Answer {
        match &facts.engine {
            Ok(node) => Answer::ok(format!("{} on {}", node.name, node.os)),
            // A client alone is not an engine: what counts is the daemon.
            Err(error) if facts.host.has_program("dockerd") => {
                Answer::bad(format!("{error}; the daemon is installed but does not run"))
                    .remedy("cc-ci doctor --fix")
            }
            Err(error) => Answer::bad(format!("{error}; no daemon is installed"))
                .remedy("cc-ci doctor --fix, or install Docker Engine 20.10 or newer"),
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
    #[case::client_only("/usr/bin/docker", "no daemon is installed")]
    #[case::stopped("/usr/sbin/dockerd", "installed but does not run")]
    #[tokio::test]
    async fn silence_is_bad(#[case] program: &str, #[case] expected: &str) {
        let (_folder, host) = host(&[(program, "")]);
        let settings = fake::settings();
        let mut facts = fake::facts(&host, &settings);
        assert_eq!(Reachable.examine(&facts).await.status, Status::Ok);
        facts.engine = Err(fake::down());
        let answer = Reachable.examine(&facts).await;
        assert_eq!(answer.status, Status::Bad);
        assert!(answer.reason.contains(expected), "{}", answer.reason);
    }
}
