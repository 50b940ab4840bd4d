//! Lines that a logger wrote as JSON or as `key=value`, in words.

use serde_json::Value;

/// What such a line says.
pub(super) struct Entry {
    /// Its level as the logger calls it, in lower case.
    pub(super) level: Option<String>,
    /// Message and error.
    pub(super) text: String,
    /// A stack trace that it carries.
    pub(super) trace: Option<String>,
}

const LEVELS: [&str; 7] =
    ["level", "severity", "lvl", "@level", "log.level", "levelname", "log_level"];
const MESSAGES: [&str; 8] =
    ["msg", "message", "@message", "event", "short_message", "text", "log", "body"];
const ERRORS: [&str; 8] = [
    "err",
    "error",
    "cause",
    "exception",
    "reason",
    "error.message",
    "exception.message",
    "error_message",
];
const TRACES: [&str; 6] =
    ["exc_info", "stack_trace", "traceback", "error.stack_trace", "stack", "exception.stacktrace"];

/// Reads a line of JSON, whole or cut off at its end.
pub(super) fn json(line: &str) -> Option<Entry> {
    let line = line.trim();
    if !line.starts_with('{') {
        return None;
    }
    match serde_json::from_str::<Value>(line) {
        Ok(value) => Some(entry(&|key| find(&value, key))),
        // A logger's line that was cut off: what stands in it can still be read.
        Err(_) => {
            let read = |key: &str| cut(line, &format!("\"{key}\":\"")).map(Value::String);
            let entry = entry(&read);
            (!entry.text.is_empty()).then_some(entry)
        }
    }
}

/// Reads `level=error msg="…" err="…"`.
pub(super) fn logfmt(line: &str) -> Option<Entry> {
    let read = |key: &str| {
        let quoted = cut(line, &format!("{key}=\""));
        let bare = || {
            let start = line.find(&format!("{key}="))? + key.len() + 1;
            let word = line[start..].split([' ', '\t']).next()?;
            (!word.starts_with('"')).then(|| word.to_owned())
        };
        quoted.or_else(bare).map(Value::String)
    };
    let has =
        |key: &str| line.starts_with(&format!("{key}=")) || line.contains(&format!(" {key}="));
    let is_one = LEVELS[..3].iter().any(|key| has(key)) && (has("msg") || has("message"));
    is_one.then(|| entry(&read)).filter(|entry| !entry.text.is_empty())
}

fn entry(read: &dyn Fn(&str) -> Option<Value>) -> Entry {
    let first = |keys: &[&str]| keys.iter().find_map(|key| words(&read(key)?));
    let level = LEVELS.iter().find_map(|key| level(&read(key)?));
    let (message, error) = (first(&MESSAGES), first(&ERRORS));
    let text = match (message, error) {
        (Some(message), Some(error)) if !message.contains(&error) => {
            format!("{}: {error}", message.trim_end_matches([':', ' ']))
        }
        (Some(text), _) | (None, Some(text)) => text,
        (None, None) => String::new(),
    };
    Entry { level, text, trace: first(&TRACES).filter(|trace| trace.contains('\n')) }
}

/// The value of `key`, which may be written with dots or nested.
fn find(value: &Value, key: &str) -> Option<Value> {
    if let Some(found) = value.get(key) {
        return Some(found.clone());
    }
    let (outer, inner) = key.split_once('.')?;
    value.get(outer)?.get(inner).cloned()
}

/// A text, or the message of an object that stands for an error, its innermost cause last.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Object(object) => {
            let own = ["message", "msg", "value", "code"]
                .iter()
                .find_map(|key| object.get(*key).and_then(words));
            let cause = object.get("cause").and_then(words);
            match (own, cause) {
                (Some(own), Some(cause)) if !own.contains(&cause) => {
                    Some(format!("{own}: {cause}"))
                }
                (own, cause) => own.or(cause),
            }
        }
        Value::Array(items) => items.iter().find_map(words),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Numbers are those of bunyan and pino.
fn level(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_lowercase()),
        Value::Number(number) => Some(
            match number.as_u64()? {
                60.. => "fatal",
                50.. => "error",
                40.. => "warn",
                _ => "info",
            }
            .to_owned(),
        ),
        Value::Object(object) => object.get("name").and_then(level),
        Value::Null | Value::Bool(_) | Value::Array(_) => None,
    }
}

/// What follows `start` up to a quotation mark that is not escaped, or to the end.
fn cut(line: &str, start: &str) -> Option<String> {
    let rest = &line[line.find(start)? + start.len()..];
    let mut text = String::new();
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => match chars.next() {
                Some('n' | 't' | 'r') => text.push(' '),
                Some(escaped) => text.push(escaped),
                None => break,
            },
            c => text.push(c),
        }
    }
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}
