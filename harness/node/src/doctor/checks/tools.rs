//! Can a Debian base image be made where no registry answers?

use async_trait::async_trait;

use super::super::facts::Facts;
use super::super::finding::Answer;
use super::Check;
use crate::images::Release;

/// What makes a root file system and packs it.
const TOOLS: [&str; 2] = ["debootstrap", "tar"];

pub(super) struct Tools;

#[async_trait]
impl Check for Tools {
    fn id(&self) -> &'static str {
        "tools"
    }

    fn what(&self) -> &'static str {
        "tools for base images"
    }

    async fn examine(&self, facts: &Facts<'_>) -> Answer {
        let missing: Vec<&str> =
            TOOLS.into_iter().filter(|tool| !facts.host.has_program(tool)).collect();
        if missing.is_empty() {
            Answer::ok(TOOLS.join(" and "))
        } else if facts.bases == Release::ALL.len() {
            Answer::ok("not needed: the engine has the base images")
        } else {
            Answer::warn(format!(
                "{} not installed: base images can only be pulled",
                missing.join(" and ")
            ))
            .remedy(format!("cc-ci doctor --fix, or apt-get install {}", missing.join(" ")))
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
    #[case::both(&[("/usr/sbin/debootstrap", ""), ("/bin/tar", "")], 0, Status::Ok)]
    #[case::no_debootstrap(&[("/bin/tar", "")], 1, Status::Warn)]
    #[case::bases_are_there(&[], 2, Status::Ok)]
    #[tokio::test]
    async fn judges(
        #[case] files: &[(&str, &str)],
        #[case] bases: usize,
        #[case] expected: Status,
    ) {
        let (_folder, host) = host(files);
        let settings = fake::settings();
        let mut facts = fake::facts(&host, &settings);
        facts.bases = bases;
        assert_eq!(Tools.examine(&facts).await.status, expected);
    }
}
