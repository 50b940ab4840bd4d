//! Keeps out of messages what a session learnt: tokens, cookies, codes.

use std::borrow::Cow;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{HeaderValue, LOCATION, SET_COOKIE};
use serde_json::Value;

use super::captured::Captured;
use crate::probes::http::Answer;

/// Values shorter than this are not hidden: they would blank out ordinary words, and no secret is
/// that short.
const SHORTEST: usize = 4;

/// What stands for a hidden value that has no name.
const HIDDEN: &str = "[hidden]";

/// Parts of the names under which answers hold secrets.
const SECRET_NAMES: [&str; 8] =
    ["token", "secret", "passw", "cookie", "credential", "session", "api_key", "apikey"];

/// True for a name whose value is kept out of messages.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// What must not be shown, and what is shown instead.
pub(super) struct Mask(Vec<(String, String)>);

impl Mask {
    /// Hides what was captured, what the `next` captures are about to find, and the cookies that
    /// `url` gets.
    pub(super) fn of<'a>(
        captured: &'a Captured,
        next: impl Iterator<Item = (&'a str, String)>,
        cookies: Option<(&Jar, &Url)>,
    ) -> Self {
        let mut mask = Self(Vec::new());
        for (name, value) in captured.values() {
            mask.hide(value, &format!("$[{name}]"));
        }
        for (name, value) in next {
            mask.hide(&value, &format!("$[{name}]"));
        }
        let header = cookies.and_then(|(jar, url)| jar.cookies(url));
        if let Some(header) = header.as_ref().and_then(|header| header.to_str().ok()) {
            for (_, value) in header.split("; ").filter_map(|pair| pair.split_once('=')) {
                mask.hide(value, HIDDEN);
            }
        }
        // A value may be part of another one; the longer goes first.
        mask.0.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        mask
    }

    /// Hides `value` in every form in which an answer or a message may hold it.
    fn hide(&mut self, value: &str, instead: &str) {
        if value.len() < SHORTEST {
            return;
        }
        let json = Value::from(value).to_string();
        let forms = [
            value.to_owned(),
            json[1..json.len() - 1].to_owned(),
            value.escape_debug().to_string(),
            utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
            form_urlencoded::byte_serialize(value.as_bytes()).collect(),
        ];
        for form in forms {
            if self.0.iter().all(|(known, _)| *known != form) {
                self.0.push((form, instead.to_owned()));
            }
        }
    }

    /// `text` without what is hidden.
    pub(super) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked = Cow::Borrowed(text);
        for (value, instead) in &self.0 {
            if masked.contains(value.as_str()) {
                masked = Cow::Owned(masked.replace(value.as_str(), instead));
            }
        }
        masked
    }

    /// What may be shown of `answer`.
    pub(super) fn answer(&self, answer: &Answer) -> Answer {
        let mut shown = answer.clone();
        for (name, value) in &mut shown.headers {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            let text = match text.split_once('?') {
                // The query of a redirect can hold codes and states.
                Some((path, _)) if *name == LOCATION => format!("{path}?{HIDDEN}"),
                _ if *name == SET_COOKIE => HIDDEN.to_owned(),
                _ => self.text(&text).into_owned(),
            };
            *value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(HIDDEN));
        }
        shown.body = match serde_json::from_slice(&answer.body) {
            Ok(json) => self.text(&without_secrets(json).to_string()).into_owned().into_bytes(),
            Err(_) => self.text(&String::from_utf8_lossy(&answer.body)).into_owned().into_bytes(),
        };
        shown
    }
}

/// JSON in which everything with a telling name is hidden.
fn without_secrets(json: Value) -> Value {
    match json {
        Value::Object(map) => {
            let entries = map.into_iter().map(|(key, value)| {
                let value = match value {
                    Value::String(_) if is_secret(&key) => HIDDEN.into(),
                    other => without_secrets(other),
                };
                (key, value)
            });
            Value::Object(entries.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_secrets).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => json,
    }
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;
    use reqwest::header::HeaderMap;

    use super::*;

    fn mask() -> Mask {
        let url: Url = "https://a.test/".parse().unwrap();
        let mut captured = Captured::default();
        captured.keep("code", "a/b \"c\"".to_owned(), &url);
        captured.keep("id", "1".to_owned(), &url);
        let jar = Jar::default();
        jar.add_cookie_str("sid=cookie-value; Path=/", &url);
        let next = std::iter::once(("token", "t0k3n".to_owned()));
        Mask::of(&captured, next, Some((&jar, &url)))
    }

    #[test]
    fn what_was_learnt_is_hidden_in_every_form() {
        let said = mask()
            .text(
                r#"1 a/b "c", a/b \"c\", a%2Fb%20%22c%22, a%2Fb+%22c%22, sid=cookie-value, t0k3n"#,
            )
            .into_owned();
        let code = "$[code]";
        assert_eq!(said, format!("1 {code}, {code}, {code}, {code}, sid=[hidden], $[token]"));
    }

    #[test]
    fn an_answer_is_shown_without_its_secrets() {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, "https://b.test/cb?code=xyz".parse().unwrap());
        headers.insert(SET_COOKIE, "sid=xyz".parse().unwrap());
        headers.insert("x-t", "t0k3n".parse().unwrap());
        let body = br#"{"refresh_token": "xyz", "user": [{"name": "t0k3n", "password": "xyz"}]}"#;
        let answer = Answer { status: StatusCode::OK, headers, body: body.to_vec() };
        let shown = mask().answer(&answer);
        let header = |name: &str| shown.headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("location"), "https://b.test/cb?[hidden]");
        assert_eq!(header("set-cookie"), "[hidden]");
        assert_eq!(header("x-t"), "$[token]");
        let told = String::from_utf8(shown.body).unwrap();
        assert_eq!(
            told,
            r#"{"refresh_token":"[hidden]","user":[{"name":"$[token]","password":"[hidden]"}]}"#
        );
    }
}
