//! What `junit-report` can write.

use junit_report::{Duration, OffsetDateTime, ReportBuilder, TestCase, TestCaseBuilder, TestSuite};

use super::JunitError;
use super::model::{CaseRow, ReportRow, Status, SuiteRow};

/// The report without sums, properties and reruns.
pub(super) fn write(report: &ReportRow) -> Result<Vec<u8>, JunitError> {
    let suites: Vec<_> = report.suites.iter().map(suite).collect::<Result<_, _>>()?;
    let mut xml = Vec::new();
    ReportBuilder::new().add_testsuites(suites).build().write_xml(&mut xml)?;
    Ok(xml)
}

fn suite(row: &SuiteRow) -> Result<TestSuite, JunitError> {
    let nanos = row.started.as_nanosecond();
    let timestamp = OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .map_err(|_| JunitError::Time(row.started))?;
    Ok(TestSuite {
        name: row.name.line(),
        package: row.name.line(),
        timestamp,
        hostname: row.hostname.line(),
        testcases: row.cases.iter().map(case).collect(),
        system_out: None,
        system_err: None,
    })
}

fn case(row: &CaseRow) -> TestCase {
    let name = row.name.line();
    let time = Duration::milliseconds(i64::try_from(row.millis).unwrap_or(i64::MAX));
    let mut case = match &row.status {
        Status::Passed | Status::Flaky(_) => TestCaseBuilder::success(&name, time),
        Status::Failure(red, _) => {
            let (rule, message) = (red.rule.line(), red.message.line());
            let mut case = TestCaseBuilder::failure(&name, time, &rule, &message);
            case.set_trace(&red.body());
            case
        }
        Status::Error(red, _) => {
            let (rule, message) = (red.rule.line(), red.message.line());
            let mut case = TestCaseBuilder::error(&name, time, &rule, &message);
            case.set_trace(&red.body());
            case
        }
        Status::Skipped(message) => {
            TestCaseBuilder::skipped_with_cause(&name, "skipped", &message.line())
        }
    };
    case.set_classname(&row.classname.line());
    if let Some(out) = &row.out {
        case.set_system_out(&out.cdata());
    }
    case.build()
}
