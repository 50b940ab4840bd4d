//! Is the engine new enough?

use async_trait::async_trait;

use super::super::facts::Facts;
use super::super::finding::Answer;
use super::check::{Check, unknown};

/// Oldest engine that this project is tested with.
const ENGINE: (u32, u32) = (20, 10);
/// Its API: Swarm jobs, `MaxReplicas` and everything else that is used here.
const API: (u32, u32) = (1, 41);

pub(super) struct Version;

#[async_trait]
impl Check for Version {
    fn id(&self) -> &'static str {
        "engine.version"
    }

    fn what(&self) -> &'static str {
        "engine and API version"
    }

    async fn examine(&self, facts: &Facts<'_>) -> Answer {
        let Ok(node) = &facts.engine else { return unknown() };
        let found = format!("engine {}, API {}", node.version, node.api);
        match (number(&node.version), number(&node.api)) {
            (Some(engine), Some(api)) if engine >= ENGINE && api >= API => Answer::ok(found),
            (Some(_), Some(_)) => Answer::bad(format!("{found}: too old"))
                .remedy("install Docker Engine 20.10 (API 1.41) or newer"),
            _ => Answer::warn(format!("{found}: not a version this program can read")),
        }
    }
}

/// `20.10.24+dfsg1` → (20, 10).
fn number(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::super::{facts::fake, finding::Status};
    use super::*;
    use crate::host::fake::host;

    #[rstest]
    #[case::debian("20.10.24+dfsg1", "1.41", Status::Ok)]
    #[case::new("29.0.1", "1.52", Status::Ok)]
    #[case::old_engine("19.03.15", "1.41", Status::Bad)]
    #[case::old_api("20.10.0", "1.40", Status::Bad)]
    #[case::strange("dev", "1.41", Status::Warn)]
    #[tokio::test]
    async fn judges(#[case] engine: &str, #[case] api: &str, #[case] expected: Status) {
        let (_folder, host) = host(&[]);
        let settings = fake::settings();
        let mut facts = fake::facts(&host, &settings);
        let node = facts.engine.as_mut().unwrap();
        (node.version, node.api) = (engine.to_owned(), api.to_owned());
        assert_eq!(Version.examine(&facts).await.status, expected);
    }
}
