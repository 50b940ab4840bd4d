//! Reads the settings of a probe from the table `with`.

use std::collections::BTreeMap;

use cc_ci_model::{ProbeSpec, Vantage};
use rustls::pki_types::ServerName;
use serde_json::{Map, Value};

use crate::SpecError;
use crate::escape::unescape;

/// The settings of one probe, of which every reader says what it expects.
pub(crate) struct Params<'a> {
    probe: &'static str,
    pub(crate) from: Vantage,
    with: &'a BTreeMap<String, Value>,
}

impl<'a> Params<'a> {
    pub(crate) fn new(probe: &'static str, spec: &'a ProbeSpec) -> Self {
        Self { probe, from: spec.from, with: &spec.with }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.with.contains_key(key)
    }

    /// The value as it is.
    pub(crate) fn value(&self, key: &'static str) -> Option<&'a Value> {
        self.with.get(key)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, key: &'static str) -> Result<Option<bool>, SpecError> {
        match self.with.get(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.bad(key, kind_of(other), "true or false")),
        }
    }

    /// A text, which is not empty.
    pub(crate) fn text(&self, key: &'static str) -> Result<Option<&'a str>, SpecError> {
        match self.with.get(key) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(other) => Err(self.bad(key, kind_of(other), "a text that is not empty")),
        }
    }

    pub(crate) fn need_text(
        &self,
        key: &'static str,
        expected: &str,
    ) -> Result<&'a str, SpecError> {
        self.text(key)?.ok_or_else(|| self.missing(key, expected))
    }

    /// A text in which escapes stand for bytes.
    pub(crate) fn bytes(&self, key: &'static str) -> Result<Option<Vec<u8>>, SpecError> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        unescape(text).map(Some).ok_or_else(|| {
            self.bad(key, "a text with an unknown escape", r"\r \n \t \0 \\ or \xHH")
        })
    }

    /// One text or a list of texts.
    pub(crate) fn texts(&self, key: &'static str) -> Result<Vec<String>, SpecError> {
        let expected = "a text or a list of texts, none of them empty";
        self.one_or_many(key, expected, |value| {
            value.as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned)
        })
    }

    /// One value or a list of at least one; nothing where the key is absent.
    pub(crate) fn one_or_many<T>(
        &self,
        key: &'static str,
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Vec<T>, SpecError> {
        let values = match self.with.get(key) {
            None => return Ok(Vec::new()),
            Some(Value::Array(values)) if values.is_empty() => {
                return Err(self.bad(key, "an empty list", expected));
            }
            Some(Value::Array(values)) => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
        };
        let bad = |value| self.bad(key, kind_of(value), expected);
        values.iter().map(|value| read(value).ok_or_else(|| bad(value))).collect()
    }

    /// A list of tables, at least one.
    pub(crate) fn need_tables(
        &self,
        key: &'static str,
        expected: &str,
    ) -> Result<Vec<&'a Map<String, Value>>, SpecError> {
        let tables = match self.with.get(key) {
            None => return Err(self.missing(key, expected)),
            Some(Value::Array(tables)) if !tables.is_empty() => tables,
            Some(Value::Array(_)) => return Err(self.bad(key, "an empty list", expected)),
            Some(other) => return Err(self.bad(key, kind_of(other), expected)),
        };
        let table = |value: &'a Value| {
            let found = || format!("a list with {}", kind_of(value));
            value.as_object().ok_or_else(|| self.bad(key, found(), expected))
        };
        tables.iter().map(table).collect()
    }

    /// A table of anything; nothing where the key is absent.
    pub(crate) fn entries(
        &self,
        key: &'static str,
        expected: &str,
    ) -> Result<Option<&'a Map<String, Value>>, SpecError> {
        match self.with.get(key) {
            None => Ok(None),
            Some(Value::Object(entries)) => Ok(Some(entries)),
            Some(other) => Err(self.bad(key, kind_of(other), expected)),
        }
    }

    /// A table from text to text.
    pub(crate) fn table(&self, key: &'static str) -> Result<Vec<(&'a str, &'a str)>, SpecError> {
        let expected = "a table of texts";
        let entries = self.entries(key, expected)?;
        entries
            .into_iter()
            .flatten()
            .map(|(name, value)| match value {
                Value::String(text) => Ok((name.as_str(), text.as_str())),
                other => Err(self.bad(key, format!("a table with {}", kind_of(other)), expected)),
            })
            .collect()
    }

    /// A port, as a number or, since placeholders become texts, as digits.
    pub(crate) fn need_port(&self, key: &'static str) -> Result<u16, SpecError> {
        let expected = "a port from 1 to 65535";
        let value = self.with.get(key).ok_or_else(|| self.missing(key, expected))?;
        let number = match value {
            Value::String(digits) => digits.parse().ok(),
            other => other.as_u64(),
        };
        number
            .and_then(|number| u16::try_from(number).ok())
            .filter(|port| *port != 0)
            .ok_or_else(|| self.bad(key, kind_of(value), expected))
    }

    /// A name or address that certificates can be compared with.
    pub(crate) fn server_name(
        &self,
        key: &'static str,
    ) -> Result<Option<ServerName<'static>>, SpecError> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        parse_server_name(text)
            .map(Some)
            .ok_or_else(|| self.bad(key, "no host name", "a host name or an IP address"))
    }

    /// One word of a few.
    pub(crate) fn choice<T: Copy>(
        &self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Result<Option<T>, SpecError> {
        let Some(value) = self.with.get(key) else {
            return Ok(None);
        };
        let found = value.as_str().and_then(|text| words.iter().find(|(word, _)| *word == text));
        found.map(|(_, meaning)| Some(*meaning)).ok_or_else(|| {
            let known = words.iter().map(|(word, _)| format!("{word:?}")).collect::<Vec<_>>();
            let found = if value.is_string() { "another word" } else { kind_of(value) };
            self.bad(key, found, &format!("one of {}", known.join(", ")))
        })
    }

    pub(crate) fn bad(
        &self,
        key: &'static str,
        found: impl Into<String>,
        expected: &str,
    ) -> SpecError {
        SpecError::BadValue {
            probe: self.probe,
            key,
            found: found.into(),
            expected: expected.to_owned(),
        }
    }

    pub(crate) fn missing(&self, key: &'static str, expected: &str) -> SpecError {
        SpecError::MissingKey { probe: self.probe, key, expected: expected.to_owned() }
    }
}

/// The name as TLS knows it; brackets around an IPv6 address are dropped.
pub(crate) fn parse_server_name(text: &str) -> Option<ServerName<'static>> {
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    ServerName::try_from(bare.to_owned()).ok()
}

pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number that does not fit",
        Value::String(text) if text.is_empty() => "an empty text",
        Value::String(_) => "a text that does not fit",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::testing::spec;

    #[rstest]
    #[case::number(json!(64738), Some(64738))]
    #[case::digits(json!("64738"), Some(64738))]
    #[case::zero(json!(0), None)]
    #[case::too_big(json!(65536), None)]
    #[case::negative(json!(-1), None)]
    #[case::words(json!("high"), None)]
    #[case::list(json!([1]), None)]
    fn ports_are_numbers_or_digits(#[case] value: Value, #[case] port: Option<u16>) {
        let spec = spec("tcp", "network", json!({ "port": value }));
        assert_eq!(Params::new("tcp", &spec).need_port("port").ok(), port);
    }

    #[test]
    fn a_secret_of_the_wrong_kind_is_not_repeated() {
        let spec =
            spec("mumble", "network", json!({ "password": ["hunter2"], "verify": "hunter2" }));
        let params = Params::new("mumble", &spec);
        for error in [
            params.text("password").unwrap_err(),
            params.choice("verify", &[("ca", 1)]).unwrap_err(),
        ] {
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn an_empty_list_expects_nothing_and_is_refused() {
        let spec = spec("http", "network", json!({ "contains": [] }));
        assert!(Params::new("http", &spec).texts("contains").is_err());
    }
}
