//! Adds to the base report what it lacks, element by element.

use quick_xml::events::{BytesCData, BytesEnd, BytesStart, Event};
use quick_xml::{Reader, Writer};

use super::JunitError;
use super::model::{CaseRow, Property, Red, ReportRow, Status, Sums};
use crate::text::seconds;

/// Walks through `base`, which `report` was written to, and adds sums, properties and reruns.
pub(super) fn extend(base: &[u8], report: &ReportRow) -> Result<Vec<u8>, JunitError> {
    let mut out = Out { writer: Writer::new_with_indent(Vec::new(), b' ', 2) };
    let mut reader = Reader::from_reader(base);
    let mut suites = report.suites.iter();
    let mut cases = [].iter();
    let mut pending: Option<&CaseRow> = None;
    loop {
        let event = reader.read_event()?;
        match event {
            Event::Eof => break,
            Event::Start(tag) if tag.name().as_ref() == b"testsuites" => {
                out.start(root(report))?;
            }
            Event::Empty(tag) if tag.name().as_ref() == b"testsuites" => {
                out.event(Event::Empty(root(report)))?;
            }
            Event::Start(tag) if tag.name().as_ref() == b"testsuite" => {
                let Some(suite) = suites.next() else { continue };
                cases = suite.cases.iter();
                let sums = Sums::of(&suite.cases);
                let mut tag = retimed(&tag, sums.millis)?;
                tag.push_attribute(("skipped", sums.skipped.to_string().as_str()));
                out.start(tag)?;
                out.properties(&suite.properties)?;
            }
            Event::Start(tag) if tag.name().as_ref() == b"testcase" => {
                pending = cases.next();
                out.open_case(&tag, pending)?;
            }
            Event::Empty(tag) if tag.name().as_ref() == b"testcase" => {
                let case = cases.next();
                if case.is_none_or(CaseRow::is_plain) {
                    let millis = case.map_or(0, |case| case.millis);
                    out.event(Event::Empty(retimed(&tag, millis)?))?;
                    continue;
                }
                out.open_case(&tag, case)?;
                out.reruns(case)?;
                out.event(Event::End(BytesEnd::new("testcase")))?;
            }
            // Reruns stand behind the failure and before the output.
            Event::Start(tag) if tag.name().as_ref() == b"system-out" => {
                out.reruns(pending.take())?;
                out.event(Event::Start(tag))?;
            }
            Event::End(tag) if tag.name().as_ref() == b"testcase" => {
                out.reruns(pending.take())?;
                out.event(Event::End(tag))?;
            }
            other => out.event(other)?,
        }
    }
    let mut xml = out.writer.into_inner();
    xml.push(b'\n');
    Ok(xml)
}

fn root(report: &ReportRow) -> BytesStart<'static> {
    let sums = Sums::of(report.suites.iter().flat_map(|suite| &suite.cases));
    let mut tag = BytesStart::new("testsuites");
    tag.push_attribute(("name", report.name.line().as_str()));
    tag.push_attribute(("tests", sums.tests.to_string().as_str()));
    tag.push_attribute(("failures", sums.failures.to_string().as_str()));
    tag.push_attribute(("errors", sums.errors.to_string().as_str()));
    tag.push_attribute(("skipped", sums.skipped.to_string().as_str()));
    tag.push_attribute(("time", seconds(sums.millis).as_str()));
    tag
}

/// The tag with all its attributes, the time in seconds with three decimals.
fn retimed(tag: &BytesStart<'_>, millis: u64) -> Result<BytesStart<'static>, JunitError> {
    let mut new = BytesStart::new(String::from_utf8_lossy(tag.name().as_ref()).into_owned());
    for attribute in tag.attributes() {
        let attribute = attribute?;
        if attribute.key.as_ref() == b"time" {
            new.push_attribute(("time", seconds(millis).as_str()));
        } else {
            // Taken over as it is, escapes included.
            new.push_attribute(attribute);
        }
    }
    Ok(new)
}

struct Out {
    writer: Writer<Vec<u8>>,
}

impl Out {
    fn event(&mut self, event: Event<'_>) -> Result<(), JunitError> {
        Ok(self.writer.write_event(event)?)
    }

    fn start(&mut self, tag: BytesStart<'_>) -> Result<(), JunitError> {
        self.event(Event::Start(tag))
    }

    fn open_case(&mut self, tag: &BytesStart<'_>, row: Option<&CaseRow>) -> Result<(), JunitError> {
        self.start(retimed(tag, row.map_or(0, |row| row.millis))?)?;
        self.properties(row.map_or(&[], |row| &row.properties))
    }

    fn properties(&mut self, properties: &[Property]) -> Result<(), JunitError> {
        if properties.is_empty() {
            return Ok(());
        }
        self.start(BytesStart::new("properties"))?;
        for property in properties {
            let mut tag = BytesStart::new("property");
            tag.push_attribute(("name", property.name.line().as_str()));
            tag.push_attribute(("value", property.value.line().as_str()));
            self.event(Event::Empty(tag))?;
        }
        self.event(Event::End(BytesEnd::new("properties")))
    }

    fn reruns(&mut self, row: Option<&CaseRow>) -> Result<(), JunitError> {
        let (element, reds) = match row.map(|row| &row.status) {
            Some(Status::Flaky(reds)) => ("flakyFailure", reds),
            Some(Status::Failure(_, reds)) => ("rerunFailure", reds),
            Some(Status::Error(_, reds)) => ("rerunError", reds),
            Some(Status::Passed | Status::Skipped(_)) | None => return Ok(()),
        };
        reds.iter().try_for_each(|red| self.red(element, red))
    }

    fn red(&mut self, element: &'static str, red: &Red) -> Result<(), JunitError> {
        let mut tag = BytesStart::new(element);
        tag.push_attribute(("type", red.rule.line().as_str()));
        tag.push_attribute(("message", red.message.line().as_str()));
        self.start(tag)?;
        self.start(BytesStart::new("stackTrace"))?;
        self.event(Event::CData(BytesCData::new(red.body())))?;
        self.event(Event::End(BytesEnd::new("stackTrace")))?;
        self.event(Event::End(BytesEnd::new(element)))
    }
}
