//! Pushing images.

use bollard::query_parameters::PushImageOptions;
use cc_ci_engine::EngineError;
use futures_util::stream::StreamExt as _;

use crate::Docker;
use crate::reference::Reference;

impl Docker {
    /// Sends without credentials: only the harness' own registry is ever written to.
    pub(crate) async fn push_image(&self, reference: &str) -> Result<String, EngineError> {
        let parts = Reference::parse(reference);
        let asked = self.asked("push", "image", reference);
        let options = PushImageOptions { tag: Some(parts.tag().to_owned()), platform: None };
        let mut digest = None;
        let mut sent = self.client.push_image(parts.name, Some(options), None);
        while let Some(line) = sent.next().await {
            let line = line.map_err(|error| asked.refused(error))?;
            digest = line.status.as_deref().and_then(digest_in).or(digest);
        }
        if let Some(digest) = digest {
            return Ok(format!("{}@{digest}", parts.name));
        }
        let prefix = format!("{}@", parts.name);
        let known = self.present(reference).await?.digests;
        let found = known.into_iter().find(|digest| digest.starts_with(&prefix));
        found.ok_or_else(|| asked.nonsense("it does not tell the digest"))
    }
}

/// The registry's digest in the last line of a push, `1.26: digest: sha256:… size: 528`.
fn digest_in(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("digest: ")?;
    let digest = rest.split_whitespace().next()?;
    digest.starts_with("sha256:").then(|| digest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_has_the_digest() {
        let line = "1.26: digest: sha256:00ff size: 528";
        assert_eq!(digest_in(line).as_deref(), Some("sha256:00ff"));
        assert_eq!(digest_in("Pushed"), None);
    }
}
