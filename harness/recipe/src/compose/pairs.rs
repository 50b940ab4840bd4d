//! Names with values: environment, labels, options. Each may be a list of `NAME=value` or a
//! mapping.

use std::collections::BTreeMap;

use crate::yaml::{At, Problem, Value};

/// Reads a list or mapping of names and values; `None` is a name without a value.
pub(crate) fn pairs(at: &At<'_>) -> Result<BTreeMap<String, Option<String>>, Problem> {
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
                pairs.insert(name.to_owned(), value);
            }
            Ok(pairs)
        }
        Value::Map(_) => {
            at.entries()?.into_iter().map(|(key, _, at)| Ok((key.to_owned(), at.word()?))).collect()
        }
        Value::Scalar(_) => Err(at.expected("a list of NAME=value or a mapping")),
    }
}

/// Names and values where a name without a value has the empty one.
pub(crate) fn labels(at: &At<'_>) -> Result<BTreeMap<String, String>, Problem> {
    Ok(pairs(at)?.into_iter().map(|(k, v)| (k, v.unwrap_or_default())).collect())
}

/// An environment, where a name without a value takes it from `env` and otherwise unsets the
/// image's.
pub(crate) fn environment(
    at: &At<'_>,
    env: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Option<String>>, Problem> {
    let resolve = |(name, value): (String, Option<String>)| {
        let value = value.or_else(|| env.get(&name).cloned());
        (name, value)
    };
    Ok(pairs(at)?.into_iter().map(resolve).collect())
}
