//! Is there memory for a recipe?

use async_trait::async_trait;

use super::super::facts::Facts;
use super::super::finding::Answer;
use super::Check;
use crate::sample::memory_available;

const MIB: u64 = 1 << 20;
/// Below this not even the engine, the edge and one small recipe fit.
const LEAST: u64 = 512 * MIB;
/// Below this a recipe with a database may be killed, which looks like the recipe's own fault.
const COMFORTABLE: u64 = 2048 * MIB;

pub(super) struct Memory;

#[async_trait]
impl Check for Memory {
    fn id(&self) -> &'static str {
        "memory"
    }

    fn what(&self) -> &'static str {
        "memory"
    }

    async fn examine(&self, facts: &Facts<'_>) -> Answer {
        let text = facts.host.read("/proc/meminfo").unwrap_or_default();
        let Some(bytes) = memory_available(&text) else {
            return Answer::warn("/proc/meminfo does not say how much is available");
        };
        let found = format!("{} MiB available", bytes / MIB);
        let remedy = "stop what else runs here, or give the machine more memory";
        if bytes < LEAST {
            Answer::bad(found).remedy(remedy)
        } else if bytes < COMFORTABLE {
            Answer::warn(found).remedy(remedy)
        } else {
            Answer::ok(found)
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
    #[case::plenty("MemTotal: 9 kB\nMemAvailable:   23438472 kB\n", Status::Ok)]
    #[case::narrow("MemAvailable: 1048576 kB\n", Status::Warn)]
    #[case::none("MemAvailable: 1024 kB\n", Status::Bad)]
    #[case::unreadable("MemTotal: 9 kB\n", Status::Warn)]
    #[tokio::test]
    async fn judges(#[case] meminfo: &str, #[case] expected: Status) {
        let (_folder, host) = host(&[("/proc/meminfo", meminfo)]);
        let settings = fake::settings();
        assert_eq!(Memory.examine(&fake::facts(&host, &settings)).await.status, expected);
    }
}
