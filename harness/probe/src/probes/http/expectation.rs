//! What an answer has to be.

use cc_ci_model::{Facts, Header, HttpAnswer, HttpExpected, HttpUnmet, Observed};
use reqwest::StatusCode;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::Value;

use super::answer::{Answer, BODY_LIMIT};
use crate::SpecError;
use crate::escape::{excerpt, holds};
use crate::params::Params;
use crate::seen::shown;

/// How much of an unexpected body a message shows, in characters.
const SHOWN: usize = 200;

/// What an answer has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expectation {
    pub(crate) status: Vec<StatusCode>,
    contains: Vec<String>,
    header: Vec<(HeaderName, HeaderValue)>,
}

impl Expectation {
    pub(crate) fn read(params: &Params<'_>) -> Result<Self, SpecError> {
        let mut status =
            params.one_or_many("status", "a status from 100 to 599, or a list", read_status)?;
        if status.is_empty() {
            status.push(StatusCode::OK);
        }
        let header = |(name, value): (&str, &str)| {
            let pair = name.parse().ok().zip(value.parse().ok());
            pair.ok_or_else(|| params.bad("header", "no header", "a table from name to value"))
        };
        Ok(Self {
            status,
            contains: params.texts("contains")?,
            header: params.table("header")?.into_iter().map(header).collect::<Result<_, _>>()?,
        })
    }

    /// What is not as expected, if anything; fits after "<request> ". Of the answer only what is in
    /// `shown` is repeated: the same answer, or what is left of it without its secrets.
    pub(crate) fn unmet(&self, answer: &Answer, shown: &Answer) -> Option<String> {
        let body = &shown.body;
        let expected = self.expected();
        Some(match expected.judge(&self.seen(answer))? {
            HttpUnmet::Status => {
                let (found, wanted) = (answer.status.as_u16(), self.status_words());
                format!("answered {found}, not {wanted}: \"{}\"", excerpt(body, SHOWN))
            }
            HttpUnmet::Header(Header { name, value }) => {
                let found: Vec<_> = shown.headers.get_all(name).iter().collect();
                format!("answered with header {name} {found:?}, not {value:?}")
            }
            HttpUnmet::Text(missing) => {
                let limit = if answer.body.len() < BODY_LIMIT { "" } else { " in its first 4 MiB" };
                format!("answered without {missing:?}{limit}: \"{}\"", excerpt(body, SHOWN))
            }
        })
    }

    /// What is expected and what of the answer that reaches.
    pub(crate) fn observed(&self, answer: &Answer) -> Observed {
        Observed::Http { expected: self.expected(), answer: self.seen(answer) }
    }

    /// The same as named facts of the step `at`. Of the answer only what is in `visible` is shown, and every text
    /// goes through `mask`.
    pub(crate) fn facts(
        &self,
        at: &str,
        (answer, visible): (&Answer, &Answer),
        mask: impl Fn(&str) -> String,
    ) -> Facts {
        let mut facts = Facts::default();
        let (expected, seen) = (self.expected(), self.seen(answer));
        let name = format!("{at} status");
        facts.require(&name, &expected.status);
        facts.find(&name, seen.status);
        for wanted in &expected.header {
            let name = format!("{at} header {}", wanted.name);
            let value = mask(&wanted.value);
            facts.require(&name, [&value]);
            let there = visible.headers.get_all(wanted.name.as_str());
            for (found, real) in there.iter().zip(answer.headers.get_all(wanted.name.as_str())) {
                let found = String::from_utf8_lossy(found.as_bytes()).into_owned();
                let same = real.as_bytes() == wanted.value.as_bytes();
                facts.find(&name, shown(&value, same, found));
            }
        }
        let name = format!("{at} body holds");
        for text in &expected.contains {
            facts.require(&name, [mask(text)]);
        }
        for text in &seen.holds {
            facts.find(&name, mask(text));
        }
        facts
    }

    fn expected(&self) -> HttpExpected {
        let header = |(name, value): &(HeaderName, HeaderValue)| header(name, value);
        HttpExpected {
            status: self.status.iter().map(|status| status.as_u16()).collect(),
            header: self.header.iter().map(header).collect(),
            contains: self.contains.clone(),
        }
    }

    fn seen(&self, answer: &Answer) -> HttpAnswer {
        let of = |name| answer.headers.get_all(name).iter().map(move |value| header(name, value));
        let held = self.contains.iter().filter(|text| holds(&answer.body, text.as_bytes()));
        HttpAnswer {
            status: answer.status.as_u16(),
            header: self.header.iter().flat_map(|(name, _)| of(name)).collect(),
            holds: held.cloned().collect(),
        }
    }

    /// True where more than the status is looked at.
    pub(crate) fn looks_inside(&self) -> bool {
        !self.contains.is_empty() || !self.header.is_empty()
    }

    fn status_words(&self) -> String {
        let words: Vec<_> = self.status.iter().map(|status| status.as_str()).collect();
        words.join(" or ")
    }

    /// `200 with "text"`
    pub(crate) fn describe(&self) -> String {
        let mut words = self.status_words();
        for text in &self.contains {
            words.push_str(&format!(" with {text:?}"));
        }
        for (name, value) in &self.header {
            words.push_str(&format!(" with header {name}: {value:?}"));
        }
        words
    }
}

fn header(name: &HeaderName, value: &HeaderValue) -> Header {
    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
    Header { name: name.as_str().to_owned(), value }
}

fn read_status(value: &Value) -> Option<StatusCode> {
    let number =
        u16::try_from(value.as_u64()?).ok().filter(|number| (100..600).contains(number))?;
    StatusCode::from_u16(number).ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::testing::spec;

    fn read(with: Value) -> Result<Expectation, SpecError> {
        let spec = spec("http", "edge", with);
        Expectation::read(&Params::new("http", &spec))
    }

    fn answer() -> Answer {
        let mut headers = reqwest::header::HeaderMap::new();
        headers.insert("server", "nginx".parse().unwrap());
        Answer { status: StatusCode::OK, headers, body: b"hello world".to_vec() }
    }

    #[rstest]
    #[case::default(json!({}), None)]
    #[case::one_of(json!({"status": [301, 200]}), None)]
    #[case::status(json!({"status": 404}), Some("answered 200, not 404: \"hello world\""))]
    #[case::text(json!({"contains": "hello"}), None)]
    #[case::all_texts(json!({"contains": ["hello", "moon"]}), Some("answered without \"moon\""))]
    #[case::header(json!({"header": {"Server": "nginx"}}), None)]
    #[case::other_header(json!({"header": {"server": "apache"}}),
        Some("answered with header server [\"nginx\"], not \"apache\""))]
    #[case::no_header(json!({"header": {"x-y": "z"}}), Some("header x-y []"))]
    fn what_is_not_met_is_named(#[case] with: Value, #[case] message: Option<&str>) {
        let unmet = read(with).unwrap().unmet(&answer(), &answer());
        match (unmet, message) {
            (None, None) => {}
            (Some(unmet), Some(message)) => assert!(unmet.contains(message), "{unmet}"),
            (unmet, message) => panic!("{unmet:?} is not {message:?}"),
        }
    }

    #[rstest]
    #[case::status_word(json!({"status": "ok"}))]
    #[case::status_range(json!({"status": 600}))]
    #[case::no_status(json!({"status": []}))]
    #[case::empty_text(json!({"contains": ""}))]
    #[case::header_name(json!({"header": {"no header": "x"}}))]
    #[case::header_number(json!({"header": {"x": 1}}))]
    fn what_cannot_be_expected_is_refused(#[case] with: Value) {
        assert!(read(with).is_err());
    }
}
