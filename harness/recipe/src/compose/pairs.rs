//! Names with values: environment, labels, options. Each may be a list of `NAME=value` or a
//! mapping.

use std::collections::BTreeMap;

use crate::yaml::{At, Problem, Value};

/// Reads a list or mapping of names and values, each as `of` has it; `None` is a name without a value.
fn pairs<V>(
    at: &At<'_>,
    of: impl Fn(&str, Option<String>) -> V,
) -> Result<BTreeMap<String, V>, Problem> {
    match &at.node.value {
        Value::List(_) => {
            let mut pairs = BTreeMap::new();
            for item in at.items()? {
                let (name, value) = match item.text()?.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_owned())),
                    None => (item.text()?, None),
                };
                if name.is_empty() {
                    return Err(item.bad(item.text()?, "NAME=value"));
                }
                pairs.insert(name.to_owned(), of(name, value));
            }
            Ok(pairs)
        }
        Value::Map(_) => {
            let mut pairs = BTreeMap::new();
            for (entry, at) in at.children()? {
                pairs.insert(entry.key.to_string(), of(&entry.key, at.word()?));
            }
            Ok(pairs)
        }
        Value::Scalar(_) => Err(at.expected("a list of NAME=value or a mapping")),
    }
}

/// Names and values where a name without a value has the empty one.
pub(crate) fn labels(at: &At<'_>) -> Result<BTreeMap<String, String>, Problem> {
    pairs(at, |_, value| value.unwrap_or_default())
}

/// An environment, where a name without a value takes it from `env` and otherwise unsets the
/// image's.
pub(crate) fn environment(
    at: &At<'_>,
    env: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Option<String>>, Problem> {
    pairs(at, |name, value| value.or_else(|| env.get(name).cloned()))
}
