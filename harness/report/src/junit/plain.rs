//! JUnit for results that are no run: a list of cases under a name.

use jiff::Timestamp;

use super::model::{CaseRow, Red, ReportRow, Status, SuiteRow};
use super::{JunitError, XmlText, base, extend};

/// What became of a plain case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlainStatus {
    /// It holds.
    Passed,
    /// It does not: a type, as `recipe.lint`, and what was found.
    Failed {
        /// Class and cause.
        kind: String,
        /// What was found.
        message: String,
    },
    /// It was not looked at, and why.
    Skipped(String),
}

/// One case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainCase {
    /// `<recipe>.<area>`.
    pub classname: String,
    /// Stable and unique within its class.
    pub name: String,
    /// What became of it.
    pub status: PlainStatus,
}

/// A report of `suites`, each a name and its cases.
///
/// # Errors
/// [`JunitError`], which only a bug can cause.
pub fn render_plain(
    name: &str,
    started: Timestamp,
    suites: &[(String, Vec<PlainCase>)],
) -> Result<Vec<u8>, JunitError> {
    let suite = |(name, cases): &(String, Vec<PlainCase>)| SuiteRow {
        name: XmlText::new(name),
        started,
        hostname: XmlText::new("unknown"),
        properties: Vec::new(),
        cases: cases.iter().map(row).collect(),
    };
    let report = ReportRow { name: XmlText::new(name), suites: suites.iter().map(suite).collect() };
    extend::extend(&base::write(&report)?, &report)
}

fn row(case: &PlainCase) -> CaseRow {
    let status = match &case.status {
        PlainStatus::Passed => Status::Passed,
        PlainStatus::Failed { kind, message } => {
            let red = Red::new(kind, message);
            Status::Failure(red, Vec::new())
        }
        PlainStatus::Skipped(reason) => Status::Skipped(XmlText::new(reason)),
    };
    CaseRow {
        classname: XmlText::new(&case.classname),
        name: XmlText::new(&case.name),
        millis: 0,
        status,
        properties: Vec::new(),
        out: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strict_reader_finds_every_case_with_its_status() {
        let case = |name: &str, status| PlainCase {
            classname: "shop.lint".to_owned(),
            name: name.to_owned(),
            status,
        };
        let message = "line 3: ]]> is no end".to_owned();
        let cases = vec![
            case("r001", PlainStatus::Passed),
            case("r002", PlainStatus::Failed { kind: "recipe.lint".to_owned(), message }),
            case("r006", PlainStatus::Skipped("not checked: no network".to_owned())),
        ];
        let suites = [("shop".to_owned(), cases)];
        let xml = render_plain("lint", Timestamp::UNIX_EPOCH, &suites).unwrap();
        let said = String::from_utf8(xml).unwrap();
        let report = quick_junit::Report::deserialize_from_str(&said);
        let report = report.unwrap();
        assert_eq!((report.tests, report.failures), (3, 1));
        let xml_has = |text: &str| said.contains(text);
        assert!(xml_has("skipped=\"1\"") && xml_has("]]&gt;"));
        assert_eq!(report.test_suites[0].test_cases.len(), 3);
    }
}
