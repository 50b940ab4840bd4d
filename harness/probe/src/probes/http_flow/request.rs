//! One request of a session with what is expected of its answer, ready to be sent.

use cc_ci_model::Facts;
use reqwest::{Method, Url as WebUrl};
use serde_json::Value;

use super::json::{Path, plain, same};
use super::mask::{Mask, is_secret};
use super::payload::Payload;
use crate::SpecError;
use crate::params::Params;
use crate::probes::http::{Answer, Expectation, Url, read_method};
use crate::seen::shown;

/// How much of an unexpected value a message shows, in characters.
const SHOWN: usize = 80;

/// A request in which every placeholder is filled.
pub(super) struct Request {
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) payload: Payload,
    pub(super) expectation: Expectation,
    json_is: Vec<(Path, Value)>,
}

impl Request {
    /// Reads the settings of a step; messages show `url` as it was typed.
    pub(super) fn read(params: &Params<'_>, typed_url: &str) -> Result<Self, SpecError> {
        let payload = Payload::read(params)?;
        let usual = if payload.sends() { Method::POST } else { Method::GET };
        let expected = "a table from path to value; a path is user.name or /user/name";
        let place = |(path, value): (&String, &Value)| {
            let path = Path::parse(path);
            let path = path.ok_or_else(|| params.bad("json_is", "without a path", expected))?;
            Ok((path, value.clone()))
        };
        let json_is = params.entries("json_is", expected)?;
        Ok(Self {
            url: Url::read(params)?.shown_as(typed_url),
            method: read_method(params)?.unwrap_or(usual),
            payload,
            expectation: Expectation::read(params)?,
            json_is: json_is.into_iter().flatten().map(place).collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn web(&self) -> &WebUrl {
        &self.url.web
    }

    /// True where more than the status of the answer is looked at.
    pub(super) fn looks_inside(&self) -> bool {
        self.expectation.looks_inside() || !self.json_is.is_empty()
    }

    /// What is not as expected, if anything, without what `mask` hides; fits after "<request> ".
    pub(super) fn unmet(&self, answer: &Answer, mask: &Mask) -> Option<String> {
        let unmet = self.expectation.unmet(answer, &mask.answer(answer));
        let unmet = unmet.or_else(|| self.json_unmet(answer))?;
        Some(mask.text(&unmet).into_owned())
    }

    /// What is required of the answer and what it has, as facts of the step `at`, without what `mask` hides.
    pub(super) fn facts(&self, at: &str, answer: &Answer, mask: &Mask) -> Facts {
        let visible = mask.answer(answer);
        let hide = |text: &str| mask.text(text).into_owned();
        let mut facts = self.expectation.facts(at, (answer, &visible), hide);
        for (path, wanted) in &self.json_is {
            let name = format!("{at} value at {}", path.typed());
            let said = |value: &Value| match is_secret(path.last()) {
                true => "[hidden]".to_owned(),
                false => hide(&short(value)),
            };
            let value = said(wanted);
            facts.require(&name, [&value]);
            if let Ok(found) = path.find(&answer.body) {
                facts.find(&name, shown(&value, same(wanted, &found), said(&found)));
            }
        }
        facts
    }

    fn json_unmet(&self, answer: &Answer) -> Option<String> {
        self.json_is.iter().find_map(|(path, wanted)| match path.find(&answer.body) {
            Err(missing) => Some(format!("gave an answer that {missing}")),
            Ok(found) if same(wanted, &found) => None,
            Ok(_) if is_secret(path.last()) => {
                Some(format!("gave another value at {:?} than is wanted", path.typed()))
            }
            Ok(found) => {
                Some(format!("gave {} at {:?}, not {}", short(&found), path.typed(), short(wanted)))
            }
        })
    }

    /// `POST https://… answers 200 with "text"`
    pub(super) fn describe(&self) -> String {
        let Self { url, method, .. } = self;
        let mut words = format!("{method} {url} answers {}", self.expectation.describe());
        for (path, _) in &self.json_is {
            words.push_str(&format!(" with {:?} as wanted", path.typed()));
        }
        words
    }
}

fn short(value: &Value) -> String {
    let text = match value {
        Value::Null => "null".to_owned(),
        Value::Array(items) => return format!("a list of {}", items.len()),
        Value::Object(map) => return format!("a table of {}", map.len()),
        plain_value => plain(plain_value).unwrap_or_default(),
    };
    let mut cut: String = text.chars().take(SHOWN).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    if value.is_string() { format!("{cut:?}") } else { cut }
}
