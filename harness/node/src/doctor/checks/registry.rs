//! Is there a registry to pull by digest from?

use async_trait::async_trait;

use super::super::facts::Facts;
use super::super::finding::Answer;
use super::Check;
use crate::http;

pub(super) struct Registry;

#[async_trait]
impl Check for Registry {
    fn id(&self) -> &'static str {
        "registry"
    }

    fn what(&self) -> &'static str {
        "local registry"
    }

    async fn examine(&self, facts: &Facts<'_>) -> Answer {
        let port = facts.settings.registry_port;
        // The version check of the distribution API: 200 is a registry that serves us.
        match http::ask(port, "GET", "/v2/", "*/*").await {
            Ok(answer) if answer.status == 200 => {
                Answer::ok(format!("answers on 127.0.0.1:{port}"))
            }
            Ok(answer) => Answer::bad(format!(
                "what listens on 127.0.0.1:{port} is not our registry (status {})",
                answer.status
            ))
            .remedy("stop what listens there, or choose another registry port"),
            Err(error) => Answer::warn(format!("none on 127.0.0.1:{port} yet: {error}"))
                .remedy("cc-ci images build"),
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
    #[case::ours("HTTP/1.1 200 OK\r\n\r\n{}", Status::Ok)]
    #[case::a_stranger("HTTP/1.1 404 Not Found\r\n\r\n", Status::Bad)]
    #[tokio::test]
    async fn judges(#[case] answer: &'static str, #[case] expected: Status) {
        let (_folder, host) = host(&[]);
        let mut settings = fake::settings();
        settings.registry_port = http::fake::server(answer).await;
        assert_eq!(Registry.examine(&fake::facts(&host, &settings)).await.status, expected);
    }

    #[tokio::test]
    async fn silence_is_a_warning_with_the_next_move() {
        let (_folder, host) = host(&[]);
        let settings = fake::settings();
        let answer = Registry.examine(&fake::facts(&host, &settings)).await;
        assert_eq!(answer.status, Status::Warn);
        assert_eq!(answer.remedy.as_deref(), Some("cc-ci images build"));
    }
}
