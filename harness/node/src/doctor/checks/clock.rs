//! Is the clock right, as far as the machine itself can know?

use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use super::super::facts::Facts;
use super::super::finding::Answer;
use super::Check;

/// Files that the system writes in its daily life. None of them can be younger than now.
const WITNESSES: [&str; 4] =
    ["/etc/os-release", "/var/lib/dpkg/status", "/var/lib/systemd/timesync/clock", "/var/log"];
/// systemd-timesyncd(8) creates it in the boot in which it first reached its source.
const TIMESYNCD: &str = "/run/systemd/timesync/synchronized";
/// Where chrony and ntpd keep their drift; they write it each hour while they follow a source.
const DRIFT: [&str; 3] =
    ["/var/lib/chrony/chrony.drift", "/var/lib/chrony/drift", "/var/lib/ntpsec/ntp.drift"];
/// An older drift file is of a service that has lost its source or runs no more.
const DRIFT_AGE: Duration = Duration::from_secs(3 * 3600);
/// More than this is not rounding.
const TOLERANCE: Duration = Duration::from_secs(2);

pub(super) struct Clock;

#[async_trait]
impl Check for Clock {
    fn id(&self) -> &'static str {
        "clock"
    }

    fn what(&self) -> &'static str {
        "clock"
    }

    async fn examine(&self, facts: &Facts<'_>) -> Answer {
        let now = SystemTime::now();
        for witness in WITNESSES {
            let changed = facts.host.path(witness).metadata().and_then(|meta| meta.modified());
            if let Ok(ahead) = changed.map(|at| at.duration_since(now).unwrap_or_default())
                && ahead > TOLERANCE
            {
                let seconds = ahead.as_secs();
                return Answer::bad(format!("{witness} was written {seconds} s from now"))
                    .remedy("set the clock, and start a time service");
            }
        }
        let fresh = |file: &&str| {
            let written = facts.host.path(file).metadata().and_then(|meta| meta.modified());
            written.is_ok_and(|at| now.duration_since(at).unwrap_or_default() < DRIFT_AGE)
        };
        if facts.host.exists(TIMESYNCD) || DRIFT.iter().any(fresh) {
            Answer::ok("a time service follows a source")
        } else {
            // Without a second source an offset cannot be measured; saying "ok" would be a guess.
            Answer::warn("no time service says that the clock is synchronised")
                .remedy("start a time service, where the machine's owner does not set the clock")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{facts::fake, finding::Status};
    use super::*;
    use crate::host::fake::host as host_of;

    #[tokio::test]
    async fn an_unconfirmed_clock_is_not_called_right() {
        let (_folder, host) = host_of(&[("/var/lib/dpkg/status", "")]);
        let settings = fake::settings();
        assert_eq!(Clock.examine(&fake::facts(&host, &settings)).await.status, Status::Warn);
        let (_folder, host) = host_of(&[("/run/systemd/timesync/synchronized", "")]);
        assert_eq!(Clock.examine(&fake::facts(&host, &settings)).await.status, Status::Ok);
    }

    #[tokio::test]
    async fn an_old_drift_file_proves_nothing() {
        let (_folder, host) = host_of(&[("/var/lib/chrony/drift", "")]);
        let settings = fake::settings();
        assert_eq!(Clock.examine(&fake::facts(&host, &settings)).await.status, Status::Ok);
        let path = host.path("/var/lib/chrony/drift");
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - 2 * DRIFT_AGE).unwrap();
        assert_eq!(Clock.examine(&fake::facts(&host, &settings)).await.status, Status::Warn);
    }

    #[tokio::test]
    async fn a_file_from_the_future_convicts_it() {
        let (_folder, host) =
            host_of(&[("/var/lib/dpkg/status", ""), ("/run/systemd/timesync/synchronized", "")]);
        let file =
            std::fs::File::options().write(true).open(host.path("/var/lib/dpkg/status")).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(3600)).unwrap();
        let settings = fake::settings();
        let answer = Clock.examine(&fake::facts(&host, &settings)).await;
        assert_eq!(answer.status, Status::Bad);
        assert!(answer.reason.starts_with("/var/lib/dpkg/status"), "{}", answer.reason);
    }
}
