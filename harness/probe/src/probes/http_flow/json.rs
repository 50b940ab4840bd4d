//! Places in a JSON answer.

use serde_json::Value;

/// Where a value stands: `user.name`, `keys.0.kid`, or as a JSON pointer (RFC 6901) where a name has
/// a dot in it: `/content/m.relates_to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    typed: String,
    names: Vec<String>,
}

impl Path {
    /// Nothing where a name is empty.
    pub(super) fn parse(typed: &str) -> Option<Self> {
        let names: Vec<_> = match typed.strip_prefix('/') {
            Some(pointer) => {
                pointer.split('/').map(|name| name.replace("~1", "/").replace("~0", "~")).collect()
            }
            None => typed.split('.').map(ToOwned::to_owned).collect(),
        };
        let named = names.iter().all(|name| !name.is_empty());
        named.then(|| Self { typed: typed.to_owned(), names })
    }

    pub(super) fn typed(&self) -> &str {
        &self.typed
    }

    /// The innermost name.
    pub(super) fn last(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    /// The value that stands there in `body`.
    ///
    /// # Errors
    /// What is there instead, in words that fit after "the answer"; values are not repeated.
    pub(super) fn find(&self, body: &[u8]) -> Result<Value, String> {
        let mut value: Value =
            serde_json::from_slice(body).map_err(|error| format!("is no JSON: {error}"))?;
        for name in &self.names {
            let below = match &mut value {
                Value::Object(map) => map.get_mut(name),
                Value::Array(items) => name.parse().ok().and_then(|at: usize| items.get_mut(at)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
            };
            value = match below {
                Some(below) => below.take(),
                None => return Err(format!("has no {:?}; {}", self.typed, beside(&value, name))),
            };
        }
        Ok(value)
    }
}

fn beside(value: &Value, wanted: &str) -> String {
    match value {
        Value::Object(map) if map.is_empty() => format!("instead of {wanted:?} there is nothing"),
        Value::Object(map) => {
            let names: Vec<_> = map.keys().take(20).map(String::as_str).collect();
            format!("instead of {wanted:?} there are {}", names.join(", "))
        }
        Value::Array(items) => format!("{wanted:?} is not in a list of {}", items.len()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            format!("{wanted:?} would be inside a plain value")
        }
    }
}

/// A plain value as text; nothing for lists, tables and null.
pub(super) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether `found` is the `wanted` value. A text also means the number or truth value that is
/// written so, because placeholders become texts.
pub(super) fn same(wanted: &Value, found: &Value) -> bool {
    wanted == found || wanted.as_str().is_some_and(|text| plain(found).as_deref() == Some(text))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const BODY: &str = r#"{"a": {"b.c": [10, {"d": "x"}], "e": null}, "f": true}"#;

    #[rstest]
    #[case::name("f", Ok(json!(true)))]
    #[case::list("/a/b.c/1/d", Ok(json!("x")))]
    #[case::null("a.e", Ok(json!(null)))]
    #[case::slip("a.bc", Err(r#"has no "a.bc"; instead of "bc" there are b.c, e"#))]
    #[case::beyond("/a/b.c/2", Err(r#"has no "/a/b.c/2"; "2" is not in a list of 2"#))]
    #[case::inside("f.g", Err(r#"has no "f.g"; "g" would be inside a plain value"#))]
    fn a_path_leads_to_a_value_or_says_where_it_ends(
        #[case] path: &str,
        #[case] found: Result<Value, &str>,
    ) {
        let told = Path::parse(path).unwrap().find(BODY.as_bytes());
        assert_eq!(told, found.map_err(ToOwned::to_owned));
    }

    #[test]
    fn what_is_no_json_is_called_so() {
        let told = Path::parse("a").unwrap().find(b"<html>").unwrap_err();
        assert!(told.starts_with("is no JSON: "), "{told}");
    }

    #[rstest]
    #[case("")]
    #[case("a..b")]
    #[case("/")]
    #[case("/a/")]
    fn a_path_has_no_empty_names(#[case] path: &str) {
        assert_eq!(Path::parse(path), None);
    }

    #[rstest]
    #[case::equal(json!({"a": [1]}), json!({"a": [1]}), true)]
    #[case::text_for_number(json!("5"), json!(5), true)]
    #[case::text_for_truth(json!("true"), json!(true), true)]
    #[case::number_for_text(json!(5), json!("5"), false)]
    #[case::other(json!("5"), json!("6"), false)]
    #[case::nothing(json!("null"), json!(null), false)]
    fn a_text_means_what_is_written_so(
        #[case] wanted: Value,
        #[case] found: Value,
        #[case] is: bool,
    ) {
        assert_eq!(same(&wanted, &found), is);
    }
}
