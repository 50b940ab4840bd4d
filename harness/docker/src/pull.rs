//! Pulling images, and why one did not come.

use std::time::Duration;

use bollard::errors::Error;
use bollard::query_parameters::CreateImageOptions;
use cc_ci_engine::{EngineError, ImageState, PullFailure};
use futures_util::stream::TryStreamExt as _;

use crate::Docker;
use crate::error::whole_seconds;
use crate::reference::Reference;

/// The client has a limit of its own for the first byte; the caller's is the one that counts.
const BEYOND: Duration = Duration::from_secs(60);

impl Docker {
    pub(crate) async fn pull_image(
        &self,
        reference: &str,
        limit: Duration,
    ) -> Result<ImageState, EngineError> {
        let parts = Reference::parse(reference);
        let options = CreateImageOptions {
            from_image: Some(parts.name.to_owned()),
            tag: Some(parts.version().to_owned()),
            ..CreateImageOptions::default()
        };
        let client = self.client.clone().with_timeout(limit + BEYOND);
        // Dropping the stream at the end of the limit makes the engine give the pull up.
        let pulled =
            client.create_image(Some(options), None, None).try_for_each(|_| async { Ok(()) });
        match tokio::time::timeout(limit, pulled).await {
            Ok(Ok(())) => self.present(reference).await,
            Ok(Err(error)) => Err(self.pull_failed(reference, error)),
            Err(_) => Err(EngineError::Pull {
                reference: reference.to_owned(),
                failure: PullFailure::Unreachable,
                message: format!("not within {} s", whole_seconds(limit)),
            }),
        }
    }

    fn pull_failed(&self, reference: &str, error: Error) -> EngineError {
        let message = match error {
            Error::DockerResponseServerError { message, .. } => message,
            Error::DockerStreamError { error } => error,
            other => return self.failed("pull", "image", reference)(other),
        };
        let words = message.to_lowercase();
        if let Some(what) = cc_ci_engine::exhausted(&words) {
            return EngineError::Exhausted { what: what.to_owned(), message };
        }
        let failure = failure(&words);
        EngineError::Pull { reference: reference.to_owned(), failure, message }
    }
}

/// What the registry's `words` (in lower case) mean.
fn failure(words: &str) -> PullFailure {
    let said = |known: &[&str]| known.iter().any(|text| words.contains(text));
    if said(&["toomanyrequests", "rate limit", "too many requests"]) {
        PullFailure::Quota
    } else if said(&["error parsing http 404"]) {
        // Something answers there, but it is no registry.
        PullFailure::Unreachable
    } else if said(&[
        "manifest unknown",
        "not found",
        "repository does not exist",
        "name unknown",
        "pull access denied",
        "invalid reference format",
    ]) {
        PullFailure::Missing
    } else {
        PullFailure::Unreachable
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::tag(
        "manifest for nginx:nope not found: manifest unknown: manifest unknown",
        PullFailure::Missing
    )]
    #[case::repository(
        "pull access denied for nosuch, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
        PullFailure::Missing
    )]
    #[case::name("name unknown: repository name not known to registry", PullFailure::Missing)]
    #[case::hub_quota(
        "toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit",
        PullFailure::Quota
    )]
    #[case::proxy_quota(
        "received unexpected HTTP status: 429 Too Many Requests",
        PullFailure::Quota
    )]
    #[case::refused(
        "Get \"http://127.0.0.1:5999/v2/\": dial tcp 127.0.0.1:5999: connect: connection refused",
        PullFailure::Unreachable
    )]
    #[case::dns(
        "Get \"https://registry.example/v2/\": dial tcp: lookup registry.example on 10.0.0.1:53: no such host",
        PullFailure::Unreachable
    )]
    #[case::certificate(
        "Get \"https://registry.example/v2/\": x509: certificate signed by unknown authority",
        PullFailure::Unreachable
    )]
    #[case::slow(
        "Get \"https://registry.example/v2/\": net/http: TLS handshake timeout",
        PullFailure::Unreachable
    )]
    #[case::broken(
        "received unexpected HTTP status: 503 Service Unavailable",
        PullFailure::Unreachable
    )]
    #[case::other_server(
        "error parsing HTTP 404 response body: invalid character 'p' after top-level value: \"404 page not found\\n\"",
        PullFailure::Unreachable
    )]
    fn registries_words(#[case] message: &str, #[case] expected: PullFailure) {
        assert_eq!(failure(&message.to_lowercase()), expected);
    }
}
