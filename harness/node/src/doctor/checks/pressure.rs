//! Does the kernel tell when the machine is overloaded?

use async_trait::async_trait;

use super::super::facts::Facts;
use super::super::finding::Answer;
use super::Check;

pub(super) struct Pressure;

#[async_trait]
impl Check for Pressure {
    fn id(&self) -> &'static str {
        "kernel.psi"
    }

    fn what(&self) -> &'static str {
        "pressure stall information (PSI)"
    }

    async fn examine(&self, facts: &Facts<'_>) -> Answer {
        let unreadable: Vec<&str> = ["cpu", "io", "memory"]
            .into_iter()
            .filter(|kind| {
                let text = facts.host.read(&format!("/proc/pressure/{kind}"));
                !text.is_some_and(|text| text.starts_with("some avg10="))
            })
            .collect();
        if unreadable.is_empty() {
            return Answer::ok("readable for cpu, io and memory");
        }
        // Without it an overloaded node cannot be proven, and its failures look like flakes.
        Answer::warn(format!("not readable for {}", unreadable.join(", ")))
            .remedy("boot with the kernel parameter psi=1")
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::super::{facts::fake, finding::Status};
    use super::*;
    use crate::host::fake::host;

    const LINE: &str = "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";

    #[rstest]
    #[case::all(LINE, Status::Ok)]
    // The file exists but reading it fails or gives nothing where PSI is compiled in but off.
    #[case::off("", Status::Warn)]
    #[tokio::test]
    async fn judges(#[case] io: &str, #[case] expected: Status) {
        let (_folder, host) = host(&[
            ("/proc/pressure/cpu", LINE),
            ("/proc/pressure/io", io),
            ("/proc/pressure/memory", LINE),
        ]);
        let settings = fake::settings();
        let answer = Pressure.examine(&fake::facts(&host, &settings)).await;
        assert_eq!(answer.status, expected);
        assert_eq!(answer.reason.contains("not readable for io"), expected == Status::Warn);
    }
}
