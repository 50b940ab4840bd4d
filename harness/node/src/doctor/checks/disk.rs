//! Is there room for images and volumes?

use async_trait::async_trait;

use super::super::facts::Facts;
use super::super::finding::Answer;
use super::Check;
use crate::space::Space;

const GIB: u64 = 1 << 30;
/// Below this the images of this project (about 2 GiB, once in the engine and once in the
/// registry) do not fit.
const LEAST: u64 = 4 * GIB;
/// Below this a night of recipes and their volumes may not fit.
const COMFORTABLE: u64 = 15 * GIB;
/// Below this share of free inodes, in percent, it is bad; a base image has 10,000 files.
const LEAST_INODES: u64 = 2;
/// Below this share of free inodes, in percent, it is worth a warning.
const COMFORTABLE_INODES: u64 = 10;

pub(super) struct Disk;

#[async_trait]
impl Check for Disk {
    fn id(&self) -> &'static str {
        "disk"
    }

    fn what(&self) -> &'static str {
        "disk space and inodes"
    }

    async fn examine(&self, facts: &Facts<'_>) -> Answer {
        let root = match &facts.engine {
            Ok(node) if !node.data_root.is_empty() => facts.host.path(&node.data_root),
            _ => facts.host.path("/var/lib/docker"),
        };
        match Space::at(&root) {
            Ok(space) => judge(&root.display().to_string(), space),
            Err(error) => Answer::warn(format!("{} cannot be measured: {error}", root.display())),
        }
    }
}

fn judge(place: &str, space: Space) -> Answer {
    // A file system without a fixed number of inodes reports none at all.
    let percent = (space.free_inodes * 100).checked_div(space.inodes);
    let inodes = percent.map_or_else(|| "any number of".to_owned(), |p| format!("{p} % of"));
    let gib = space.free as f64 / GIB as f64;
    let found = format!("{gib:.1} GiB and {inodes} inodes free in {place}");
    let percent = percent.unwrap_or(100);
    if space.free < LEAST || percent < LEAST_INODES {
        Answer::bad(found).remedy("make room: `docker system df` shows what can go")
    } else if space.free < COMFORTABLE || percent < COMFORTABLE_INODES {
        Answer::warn(found).remedy("make room: `docker system df` shows what can go")
    } else {
        Answer::ok(found)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::super::{facts::fake, finding::Status};
    use super::*;
    use crate::host::fake::host;

    #[rstest]
    #[case::plenty(100 * GIB, 1000, 900, Status::Ok)]
    #[case::no_fixed_inodes(100 * GIB, 0, 0, Status::Ok)]
    #[case::narrow(10 * GIB, 1000, 900, Status::Warn)]
    #[case::few_inodes(100 * GIB, 1000, 50, Status::Warn)]
    #[case::full(GIB, 1000, 900, Status::Bad)]
    #[case::no_inodes(100 * GIB, 1000, 10, Status::Bad)]
    fn judges(
        #[case] free: u64,
        #[case] inodes: u64,
        #[case] free_inodes: u64,
        #[case] expected: Status,
    ) {
        let answer = judge("/d", Space { free, inodes, free_inodes });
        assert_eq!(answer.status, expected, "{}", answer.reason);
    }

    #[tokio::test]
    async fn measures_where_the_engine_would_keep_its_data() {
        let (_folder, host) = host(&[("/var/lib/x", "")]);
        let settings = fake::settings();
        let answer = Disk.examine(&fake::facts(&host, &settings)).await;
        assert!(answer.reason.contains("GiB"), "{}", answer.reason);
    }
}
