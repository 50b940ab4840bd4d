//! The values that were captured from answers so far in one session.

use std::borrow::Cow;
use std::collections::BTreeMap;

use cc_ci_model::ProbeSpec;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use serde_json::Value;

use super::text::{self, Slip};

/// RFC 3986, section 2.3: everything but these may have a meaning in a URL.
const IN_URL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A placeholder that cannot be filled in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unfilled {
    /// The key that uses it.
    pub(super) key: String,
    /// What is wrong with it.
    pub(super) slip: Slip,
}

/// The values by their names, each with the URL whose answer held it.
#[derive(Default)]
pub(super) struct Captured(BTreeMap<String, (String, Url)>);

impl Captured {
    pub(super) fn keep(&mut self, name: &str, value: String, base: &Url) {
        self.0.insert(name.to_owned(), (value, base.clone()));
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Names and values.
    pub(super) fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, (value, _))| (name.as_str(), value.as_str()))
    }

    /// The settings with every placeholder filled in.
    pub(super) fn fill(&self, spec: &ProbeSpec) -> Result<ProbeSpec, Unfilled> {
        let filled = spec.with.iter().map(|(key, value)| {
            let filled = match value.as_str().filter(|_| key == "url") {
                Some(url) => self.url(url).map(Value::String),
                None => self.value(value),
            };
            let filled = filled.map_err(|slip| Unfilled { key: key.clone(), slip })?;
            Ok((key.clone(), filled))
        });
        let with = filled.collect::<Result<_, _>>()?;
        Ok(ProbeSpec { probe: spec.probe.clone(), from: spec.from, with })
    }

    fn value(&self, value: &Value) -> Result<Value, Slip> {
        Ok(match value {
            Value::String(text) => {
                Value::String(text::fill(text, |name| Ok(Cow::Borrowed(self.get(name)?)))?)
            }
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?)
            }
            Value::Object(map) => Value::Object(
                map.iter()
                    .map(|(key, value)| Ok((key.clone(), self.value(value)?)))
                    .collect::<Result<_, Slip>>()?,
            ),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        })
    }

    /// A value that is the whole URL leads to where the answer that held it pointed, so it may be
    /// relative as in a `Location` header. Inside a URL a value is one piece of it, whatever
    /// characters it has.
    fn url(&self, url: &str) -> Result<String, Slip> {
        if let Some(name) = text::alone(url) {
            let (value, base) = self.0.get(name).ok_or_else(|| Slip::Unknown(name.to_owned()))?;
            return Ok(base.join(value).map_or_else(|_| value.clone(), Into::into));
        }
        text::fill(url, |name| Ok(utf8_percent_encode(self.get(name)?, IN_URL).into()))
    }

    fn get(&self, name: &str) -> Result<&str, Slip> {
        let value = self.0.get(name).map(|(value, _)| value.as_str());
        value.ok_or_else(|| Slip::Unknown(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::testing::spec;

    fn captured() -> Captured {
        let mut captured = Captured::default();
        let base = "https://a.test/x/y?z".parse().unwrap();
        for (name, value) in [
            ("room", "!a/b:c"),
            ("path", "/login?n=1"),
            ("beside", "b"),
            ("else", "http://b.test/"),
        ] {
            captured.keep(name, value.to_owned(), &base);
        }
        captured
    }

    #[rstest]
    #[case::piece("https://a.test/$[room]/send", "https://a.test/%21a%2Fb%3Ac/send")]
    #[case::path("$[path]", "https://a.test/login?n=1")]
    #[case::relative("$[beside]", "https://a.test/x/b")]
    #[case::absolute("$[else]", "http://b.test/")]
    fn urls_are_filled_as_urls(#[case] url: &str, #[case] filled: &str) {
        let spec = spec("http_flow", "edge", json!({ "url": url }));
        assert_eq!(captured().fill(&spec).unwrap().with["url"], filled);
    }

    #[test]
    fn other_texts_are_filled_as_they_are_at_any_depth() {
        let typed = json!({"json": {"a": ["$[room] $[beside]", 1, null, true]}});
        let filled = captured().fill(&spec("http_flow", "edge", typed)).unwrap();
        assert_eq!(filled.with["json"], json!({"a": ["!a/b:c b", 1, null, true]}));
    }

    #[test]
    fn an_unknown_name_is_told_with_its_key() {
        let typed = spec("http_flow", "edge", json!({"form": {"a": "$[rom]"}}));
        let unknown = Unfilled { key: "form".to_owned(), slip: Slip::Unknown("rom".to_owned()) };
        assert_eq!(captured().fill(&typed).unwrap_err(), unknown);
    }
}
