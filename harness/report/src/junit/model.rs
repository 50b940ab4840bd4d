//! The report as a tree, before it becomes XML.

use cc_ci_model::Fault;
use jiff::Timestamp;

use super::XmlText;

/// A name and a value of a reader's table.
pub(super) struct Property {
    pub(super) name: XmlText,
    pub(super) value: XmlText,
}

impl Property {
    pub(super) fn new(name: &str, value: &str) -> Self {
        Self { name: XmlText::new(name), value: XmlText::new(value) }
    }
}

/// One attempt that did not hold.
pub(super) struct Red {
    /// `recipe.config`, `harness.node`, …
    pub(super) rule: XmlText,
    pub(super) message: XmlText,
    /// The end of the log, where it is known.
    pub(super) log: Option<XmlText>,
}

impl Red {
    pub(super) fn new(rule: &str, message: &str) -> Self {
        Self { rule: XmlText::new(rule), message: XmlText::new(message), log: None }
    }

    pub(super) fn of(rule: &str, fault: &Fault) -> Self {
        let log = fault.said().map(|said| XmlText::new(&said.tail));
        Self { log, ..Self::new(rule, &fault.to_string()) }
    }

    /// The message and the end of the log, as the inside of a CDATA section.
    pub(super) fn body(&self) -> String {
        let log = self.log.as_ref().map(|log| format!("\n\nthe end of its log:\n{}", log.cdata()));
        format!("{}{}", self.message.cdata(), log.unwrap_or_default())
    }
}

/// What readers make of a case.
pub(super) enum Status {
    Passed,
    /// It holds; these are the attempts in which it did not.
    Flaky(Vec<Red>),
    /// Somebody else's failure: the first one, then the further ones.
    Failure(Red, Vec<Red>),
    /// Our failure: the first one, then the further ones.
    Error(Red, Vec<Red>),
    Skipped(XmlText),
}

pub(super) struct CaseRow {
    pub(super) classname: XmlText,
    pub(super) name: XmlText,
    pub(super) millis: u64,
    pub(super) status: Status,
    pub(super) properties: Vec<Property>,
    /// Lines of ours only: readers act on `[[ATTACHMENT|…]]` here.
    pub(super) out: Option<XmlText>,
}

impl CaseRow {
    /// True for a case with nothing to add to its name and time.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.status, Status::Passed) && self.properties.is_empty()
    }
}

pub(super) struct SuiteRow {
    pub(super) name: XmlText,
    pub(super) started: Timestamp,
    pub(super) hostname: XmlText,
    pub(super) properties: Vec<Property>,
    pub(super) cases: Vec<CaseRow>,
}

pub(super) struct ReportRow {
    pub(super) name: XmlText,
    pub(super) suites: Vec<SuiteRow>,
}

/// Sums that a suite and the whole report carry.
#[derive(Default, Clone, Copy)]
pub(super) struct Sums {
    pub(super) tests: u64,
    pub(super) failures: u64,
    pub(super) errors: u64,
    pub(super) skipped: u64,
    pub(super) millis: u64,
}

impl Sums {
    pub(super) fn of<'a>(cases: impl IntoIterator<Item = &'a CaseRow>) -> Self {
        cases.into_iter().fold(Self::default(), |mut sums, case| {
            sums.tests += 1;
            sums.millis += case.millis;
            match case.status {
                Status::Passed | Status::Flaky(_) => {}
                Status::Failure(..) => sums.failures += 1,
                Status::Error(..) => sums.errors += 1,
                Status::Skipped(_) => sums.skipped += 1,
            }
            sums
        })
    }
}
