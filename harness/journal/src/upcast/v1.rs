//! Version 1 to version 2.
//!
//! Version 2 links each line to the one before and has a tree over all; what events say is the same. Within
//! version 1 two fields were added to units without a new version: the first harnesses did not write them.

use serde_json::{Value, json};

/// The tiers that existed before each unit listed its own.
const FIRST_TIERS: [&str; 6] = ["deploy", "upgrade", "custom", "backup", "restore", "teardown"];

pub(super) fn upcast(line: &mut Value) {
    line["v"] = json!("2.0");
    let Some(units) = line.pointer_mut("/event/units").and_then(Value::as_array_mut) else {
        return;
    };
    for unit in units.iter_mut().filter_map(Value::as_object_mut) {
        let word = |key: &str| unit.get(key).and_then(Value::as_str).unwrap_or_default();
        let asked = format!("{}@{}", word("recipe"), word("version"));
        unit.entry("asked").or_insert_with(|| json!(asked));
        unit.entry("tiers").or_insert_with(|| json!(FIRST_TIERS));
    }
}
