//! Where in an answer a value is.

use reqwest::header::HeaderName;
use serde_json::Value;

use super::html;
use super::json::{Path, plain};
use crate::probes::http::Answer;
use crate::spec_error::nearest;

/// All sources, for messages.
pub(super) const KNOWN: &str = "\"json:PATH\", \"header:NAME\", \"input:NAME\" (a form field), \
    \"body\", \"query:NAME of SOURCE\" or { after = TEXT, before = TEXT }";

const WORDS: [&str; 5] = ["json", "header", "input", "body", "query"];

/// Where in an answer a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A plain value of a JSON body.
    Json(Path),
    /// A header.
    Header(HeaderName),
    /// The value of a form field of a page.
    Input(String),
    /// The whole body, without white space around it.
    Body,
    /// A parameter of a URL that is somewhere.
    Query {
        /// Its name.
        name: String,
        /// Where the URL is.
        of: Box<Source>,
    },
    /// What stands in the body between two texts.
    Between {
        /// The text before it.
        after: String,
        /// The text behind it.
        before: String,
    },
}

impl Source {
    /// Reads a source as it is typed.
    ///
    /// # Errors
    /// What it is instead.
    pub(super) fn parse(typed: &Value) -> Result<Self, String> {
        match typed {
            Value::String(text) => Self::word(text),
            Value::Object(table) => {
                let get = |key| table.get(key)?.as_str().filter(|text| !text.is_empty());
                match (get("after"), get("before"), table.len()) {
                    (Some(after), Some(before), 2) => {
                        Ok(Self::Between { after: after.to_owned(), before: before.to_owned() })
                    }
                    _ => Err("a table without the two texts `after` and `before`".to_owned()),
                }
            }
            _ => Err("neither a text nor a table".to_owned()),
        }
    }

    fn word(text: &str) -> Result<Self, String> {
        if text == "body" {
            return Ok(Self::Body);
        }
        let (word, what) = text.split_once(':').unwrap_or((text, ""));
        let bad = |what: &str| Err(format!("{word:?} {what}"));
        match word {
            "json" => match Path::parse(what) {
                Some(path) => Ok(Self::Json(path)),
                None => bad("without a path such as user.name or /user/name"),
            },
            "header" => match what.parse() {
                Ok(name) => Ok(Self::Header(name)),
                Err(_) => bad("without the name of a header"),
            },
            "input" if !what.is_empty() => Ok(Self::Input(what.to_owned())),
            "input" => bad("without the name of a form field"),
            "query" => match what.split_once(" of ") {
                Some((name, of)) if !name.is_empty() => {
                    Ok(Self::Query { name: name.to_owned(), of: Box::new(Self::word(of)?) })
                }
                _ => bad("without NAME of SOURCE"),
            },
            _ => {
                let near = nearest(word, WORDS.into_iter());
                let near = near.map_or_else(String::new, |near| format!(", meant as {near:?}?"));
                Err(format!("the unknown source {word:?}{near}"))
            }
        }
    }

    /// The value in `answer`, which is never empty.
    ///
    /// # Errors
    /// What is there instead, in words that fit after "the answer"; values are not repeated.
    pub(super) fn find(&self, answer: &Answer) -> Result<String, String> {
        let page = || String::from_utf8_lossy(&answer.body);
        let value = match self {
            Self::Json(path) => {
                let missing = || format!("has no plain value at {:?}", path.typed());
                plain(&path.find(&answer.body)?).ok_or_else(missing)?
            }
            Self::Header(name) => {
                let value =
                    answer.headers.get(name).ok_or_else(|| format!("has no header {name}"))?;
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            }
            Self::Input(name) => html::input(&page(), name).ok_or_else(|| {
                let names = html::inputs(&page()).join(", ");
                format!("has no form field {name:?}; its fields are: {names}")
            })?,
            Self::Body => page().trim().to_owned(),
            Self::Query { name, of } => query(&of.find(answer)?, name)?,
            Self::Between { after, before } => {
                let page = page();
                let rest = page.split_once(after.as_str());
                let rest = rest.ok_or_else(|| format!("has no {after:?}"))?.1;
                let missing = || format!("has no {before:?} behind {after:?}");
                rest.split_once(before.as_str()).ok_or_else(missing)?.0.to_owned()
            }
        };
        if value.is_empty() { Err(format!("has nothing in {self}")) } else { Ok(value) }
    }
}

/// The parameter `name` of a URL, which may be relative.
fn query(url: &str, name: &str) -> Result<String, String> {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let pairs = || form_urlencoded::parse(query.as_bytes());
    let found = pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    found.ok_or_else(|| {
        let names: Vec<_> = pairs().map(|(key, _)| key.into_owned()).collect();
        format!("has no parameter {name:?} in its URL; there are: {}", names.join(", "))
    })
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Json(path) => write!(f, "json:{}", path.typed()),
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Input(name) => write!(f, "input:{name}"),
            Self::Body => f.write_str("body"),
            Self::Query { name, of } => write!(f, "query:{name} of {of}"),
            Self::Between { after, before } => write!(f, "between {after:?} and {before:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, LOCATION};
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn answer(body: &str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, "/cb?code=a%2Fb&state=#x".parse().unwrap());
        Answer { status: StatusCode::OK, headers, body: body.into() }
    }

    const PAGE: &str = r#"<input name="csrf" value="c1"><script>{"nonce":"n1","x":"y"}</script>"#;

    #[rstest]
    #[case::json(json!("json:a.b"), r#"{"a": {"b": 7}}"#, Ok("7"))]
    #[case::json_table(json!("json:a"), r#"{"a": {"b": 7}}"#, Err("has no plain value at \"a\""))]
    #[case::header(json!("header:Location"), "", Ok("/cb?code=a%2Fb&state=#x"))]
    #[case::no_header(json!("header:etag"), "", Err("has no header etag"))]
    #[case::input(json!("input:csrf"), PAGE, Ok("c1"))]
    #[case::no_input(json!("input:token"), PAGE,
        Err("has no form field \"token\"; its fields are: csrf"))]
    #[case::body(json!("body"), " n2\n", Ok("n2"))]
    #[case::empty_body(json!("body"), " \n", Err("has nothing in body"))]
    #[case::query(json!("query:code of header:location"), "", Ok("a/b"))]
    #[case::empty_parameter(json!("query:state of header:location"), "",
        Err("has nothing in query:state of header:location"))]
    #[case::no_parameter(json!("query:cod of header:location"), "",
        Err("has no parameter \"cod\" in its URL; there are: code, state"))]
    #[case::between(json!({"after": "\"nonce\":\"", "before": "\""}), PAGE, Ok("n1"))]
    #[case::no_beginning(json!({"after": "token", "before": "x"}), PAGE, Err("has no \"token\""))]
    #[case::no_end(json!({"after": "y", "before": "z"}), PAGE, Err("has no \"z\" behind \"y\""))]
    fn values_are_found_or_what_is_there_instead(
        #[case] typed: Value,
        #[case] body: &str,
        #[case] found: Result<&str, &str>,
    ) {
        let told = Source::parse(&typed).unwrap().find(&answer(body));
        assert_eq!(told, found.map(ToOwned::to_owned).map_err(ToOwned::to_owned));
    }

    #[rstest]
    #[case::slip(json!("jsn:a"), "the unknown source \"jsn\", meant as \"json\"?")]
    #[case::stranger(json!("cookies:a"), "the unknown source \"cookies\"")]
    #[case::no_path(json!("json:"), "\"json\" without a path")]
    #[case::no_header(json!("header:a b"), "\"header\" without the name")]
    #[case::no_field(json!("input:"), "\"input\" without the name")]
    #[case::no_of(json!("query:code"), "\"query\" without NAME of SOURCE")]
    #[case::inner(json!("query:code of heder:x"), "meant as \"header\"?")]
    #[case::half(json!({"after": "x"}), "without the two texts")]
    #[case::number(json!(1), "neither a text nor a table")]
    fn what_is_no_source_is_named(#[case] typed: Value, #[case] said: &str) {
        let told = Source::parse(&typed).unwrap_err();
        assert!(told.contains(said), "{told}");
    }
}
