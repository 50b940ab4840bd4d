//! What a request carries besides its URL.

use reqwest::RequestBuilder;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::Value;

use crate::SpecError;
use crate::params::{Params, kind_of};

/// The credentials of a request. They are never shown.
enum Login {
    Basic { user: String, password: String },
    Bearer(String),
}

/// Headers, credentials and body of a request.
pub(super) struct Payload {
    headers: Vec<(HeaderName, HeaderValue)>,
    login: Option<Login>,
    /// The type that goes with the body, unless a header says another one.
    body: Option<(&'static str, String)>,
}

impl Payload {
    pub(super) fn read(params: &Params<'_>) -> Result<Self, SpecError> {
        let header = |(name, value): (&str, &str)| {
            let pair = name.parse().ok().zip(value.parse().ok());
            let expected = "a table from name to value";
            pair.ok_or_else(|| params.bad("request_header", "no header", expected))
        };
        let headers = params.table("request_header")?.into_iter().map(header);
        Ok(Self {
            headers: headers.collect::<Result<_, _>>()?,
            login: login(params)?,
            body: body(params)?,
        })
    }

    pub(super) fn sends(&self) -> bool {
        self.body.is_some()
    }

    pub(super) fn add(&self, mut request: RequestBuilder) -> RequestBuilder {
        request = match &self.login {
            Some(Login::Basic { user, password }) => request.basic_auth(user, Some(password)),
            Some(Login::Bearer(token)) => request.bearer_auth(token),
            None => request,
        };
        if let Some((kind, body)) = &self.body {
            if self.headers.iter().all(|(name, _)| *name != CONTENT_TYPE) {
                request = request.header(CONTENT_TYPE, *kind);
            }
            request = request.body(body.clone());
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request
    }
}

fn login(params: &Params<'_>) -> Result<Option<Login>, SpecError> {
    let bearer = params.text("bearer")?.map(|token| Login::Bearer(token.to_owned()));
    let expected = "a table with the texts `user` and `password` and nothing else";
    let Some(basic) = params.entries("basic", expected)? else {
        return Ok(bearer);
    };
    if bearer.is_some() {
        return Err(params.bad("bearer", "beside basic", "one of bearer and basic"));
    }
    let text = |key| basic.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
    match (text("user"), text("password"), basic.len()) {
        (Some(user), Some(password), 2) => Ok(Some(Login::Basic { user, password })),
        _ => Err(params.bad("basic", "another table", expected)),
    }
}

fn body(params: &Params<'_>) -> Result<Option<(&'static str, String)>, SpecError> {
    let given: Vec<_> = ["form", "json", "body"].into_iter().filter(|k| params.has(k)).collect();
    if let [first, second, ..] = given[..] {
        let found = format!("beside {first}");
        return Err(params.bad(second, found, "one of form, json and body"));
    }
    if let Some(json) = params.value("json") {
        return Ok(Some(("application/json", json.to_string())));
    }
    if let Some(text) = params.text("body")? {
        return Ok(Some(("text/plain; charset=utf-8", text.to_owned())));
    }
    form(params).map(|form| form.map(|form| ("application/x-www-form-urlencoded", form)))
}

/// A field with several values is a list.
fn form(params: &Params<'_>) -> Result<Option<String>, SpecError> {
    let expected = "a table from name to text, or to a list of texts";
    let Some(fields) = params.entries("form", expected)? else {
        return Ok(None);
    };
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for value in values {
            let found = || format!("a table with {}", kind_of(value));
            let text = value.as_str().ok_or_else(|| params.bad("form", found(), expected))?;
            form.append_pair(name, text);
        }
    }
    Ok(Some(form.finish()))
}
