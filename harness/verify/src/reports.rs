//! Makes the reports again and compares: levels, classes and everything else that is derived stands in them.

use std::fs;
use std::path::Path;

use cc_ci_report::{Run, backlog, rendered};
use serde_json::Value;

use crate::found::Found;

pub(crate) fn check(folder: &Path, mut run: Run, found: &mut Found) {
    run.foreign.fields = found.foreign_fields;
    let reports = match rendered(&run) {
        Ok(reports) => reports,
        Err(error) => return found.different("events.jsonl", &error.to_string()),
    };
    let mut all: Vec<(String, Vec<u8>)> =
        reports.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
    // The backlog is in this folder if no other folder was named for it. Text that people wrote into it is
    // kept.
    if let Some(name) = backlog::file_name(&run.phase)
        && let Ok(there) = fs::read(folder.join(&name))
    {
        let text = String::from_utf8_lossy(&there);
        all.push((name, backlog::render(&run.phase, &run, Some(&text)).into_bytes()));
    }
    for (name, own) in all {
        match fs::read(folder.join(&name)) {
            Ok(there) => {
                found.counts.reports += 1;
                if there != own {
                    let (at, what) = first_difference(&name, &there, &own);
                    found.different(&format!("{name}{at}"), &format!("{what}{}", writer(&run)));
                }
            }
            Err(error) => found.different(&name, &error.to_string()),
        }
    }
}

/// Another version of the harness may have written the same facts in other words.
fn writer(run: &Run) -> String {
    let own = env!("CARGO_PKG_VERSION");
    if run.harness == own {
        return String::new();
    }
    format!(" (written by cc-ci {}, compared by {own})", run.harness)
}

/// Where two files differ first: a key of a JSON file, a line of any other.
fn first_difference(name: &str, there: &[u8], own: &[u8]) -> (String, String) {
    if name.ends_with(".json")
        && let (Ok(there), Ok(own)) = (serde_json::from_slice(there), serde_json::from_slice(own))
        && let Some((key, what)) = in_json(&there, &own, "")
    {
        return (format!(": {key}"), what);
    }
    let lines = |bytes: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.split_inclusive('\n').map(str::to_owned).collect()
    };
    let (there, own) = (lines(there), lines(own));
    let at = there.iter().zip(&own).position(|(a, b)| a != b);
    let at = at.unwrap_or(there.len().min(own.len()));
    let line =
        |lines: &[String]| lines.get(at).map_or("nothing".to_owned(), |line| short(line.trim()));
    (format!(":{}", at + 1), format!("it says {}, recomputed is {}", line(&there), line(&own)))
}

fn in_json(there: &Value, own: &Value, at: &str) -> Option<(String, String)> {
    match (there, own) {
        (Value::Object(a), Value::Object(b)) => {
            let keys = b.keys().chain(a.keys().filter(|key| !b.contains_key(*key)));
            keys.into_iter().find_map(|key| {
                let null = &Value::Null;
                let dot = if at.is_empty() { "" } else { "." };
                let (a, b) = (a.get(key).unwrap_or(null), b.get(key).unwrap_or(null));
                in_json(a, b, &format!("{at}{dot}{key}"))
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let pairs = a.iter().zip(b).enumerate();
            pairs.into_iter().find_map(|(n, (a, b))| in_json(a, b, &format!("{at}[{n}]")))
        }
        (a, b) if a == b => None,
        (a, b) => {
            let (a, b) = (short(&a.to_string()), short(&b.to_string()));
            Some((at.to_owned(), format!("it says {a}, recomputed is {b}")))
        }
    }
}

/// The beginning of a text, for a message.
fn short(text: &str) -> String {
    const SHOWN: usize = 120;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if text.chars().count() > SHOWN {
        shown.push('…');
    }
    shown.replace(char::is_control, " ")
}
