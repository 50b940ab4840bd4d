//! Kinds of events and fields that a newer minor version added. They are found, kept and counted.

use cc_ci_model::Event;
use serde::Deserialize;
use serde_json::Value;

/// The part that every event has.
#[derive(Deserialize)]
struct Kind {
    kind: String,
}

/// The event of a line, where its kind is one that this harness does not know.
pub(crate) fn unknown_kind(json: &[u8]) -> Option<Event> {
    let Kind { kind } = serde_json::from_slice(json).ok()?;
    // The event has nothing but its kind, so serde's first error says whether it knows the kind.
    let bare = serde_json::json!({ "kind": kind });
    let said = serde_json::from_value::<Event>(bare).err()?.to_string();
    let json = String::from_utf8(json.to_vec()).ok()?;
    said.starts_with("unknown variant").then_some(Event::Unknown { kind, json })
}

/// Names of fields that stand in `json` and that `event`, which was read from it, does not have.
pub(crate) fn fields(json: &[u8], event: &Event) -> Result<Vec<String>, serde_json::Error> {
    let ours = serde_json::to_vec(event)?;
    // An event that this version wrote has the same bytes when it is serialised again.
    if ours == json {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let (theirs, ours) = (serde_json::from_slice(json)?, serde_json::from_slice(&ours)?);
    compare(&theirs, &ours, &mut found);
    Ok(found)
}

fn compare(theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            for (key, value) in theirs {
                match ours.get(key) {
                    Some(known) => compare(value, known, found),
                    // This version leaves a field out when it is empty; another version may write it.
                    None if is_empty(value) => {}
                    None => found.push(key.clone()),
                }
            }
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            theirs.iter().zip(ours).for_each(|(theirs, ours)| compare(theirs, ours, found));
        }
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
