//! A key of a service and its value, so that a person can read it.

use serde_json::Value;

/// What tells the items of a list apart: the path of a mount, the name of a network.
const KEYS: [&str; 3] = ["target", "network", "name"];

/// The rows that stand for `value`: one for each item of a list of objects, one for anything else,
/// none for what is not set.
pub(super) fn settings(path: &str, key: &str, value: &Value) -> Vec<(String, String)> {
    let Value::Array(items) = value else {
        let text = words(key, value);
        return if text.is_empty() { Vec::new() } else { vec![(path.to_owned(), text)] };
    };
    let named = |item: &Value| {
        let name = KEYS.iter().find_map(|key| item.get(key)?.as_str())?;
        Some((format!("{path} {name}"), words(key, item)))
    };
    match items.iter().map(named).collect::<Option<Vec<_>>>() {
        Some(rows) => rows,
        None => vec![(path.to_owned(), value.to_string())],
    }
}

/// `key=value` for what is set in an object, the value itself elsewhere.
fn words(key: &str, value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(false) => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => String::new(),
        Value::Object(entries) => {
            let set = entries.iter().filter_map(|(key, value)| {
                let text = words(key, value);
                let (name, _) = unit(key);
                (!text.is_empty()).then(|| format!("{name}={text}"))
            });
            set.collect::<Vec<_>>().join(" ")
        }
        Value::Number(number) => match (unit(key).1, number.as_f64()) {
            (Some(divisor), Some(nanos)) => format!("{}s", nanos / divisor),
            // Modes of files are always read as octal numbers.
            _ if key.ends_with("mode") => format!("{:#o}", number.as_u64().unwrap_or_default()),
            _ => number.to_string(),
        },
        Value::Bool(true) | Value::Array(_) => value.to_string(),
    }
}

/// The name of a key without its unit, and how many of the unit are a second.
pub(super) fn unit(key: &str) -> (&str, Option<f64>) {
    match key.strip_suffix("_ns") {
        Some(name) => (name, Some(1e9)),
        None => (key, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::nothing("x", "null", "")]
    #[case::off("x", "false", "")]
    #[case::empty("x", "[]", "")]
    #[case::text("x", r#""a b""#, "app.x=a b")]
    #[case::list("x", r#"["a","b"]"#, r#"app.x=["a","b"]"#)]
    #[case::object("x", r#"{"a_ns":1500000000,"b":null,"c":3}"#, "app.x=a=1.5s c=3")]
    #[case::mode(
        "x",
        r#"[{"target":"/t","mode":292,"source":"s"}]"#,
        "app.x /t=mode=0o444 source=s target=/t"
    )]
    fn rows(#[case] key: &str, #[case] json: &str, #[case] expected: &str) {
        let value = serde_json::from_str(json).unwrap();
        let rows: Vec<String> = settings(&format!("app.{key}"), key, &value)
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(rows.join("|"), expected);
    }
}
