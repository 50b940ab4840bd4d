//! Reads back what was written and looks for hidden values.

use std::io;
use std::path::{Path, PathBuf};

use cc_ci_model::Record;
use serde_json::Value;

use crate::redact::Redactor;
use crate::typed;

/// What a scan of the run folder for secrets found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scan {
    /// Hidden values that were looked for.
    pub values: usize,
    /// Files that were read.
    pub files: usize,
    /// Files in which a hidden value stands, relative to the run folder.
    pub hits: Vec<String>,
    /// Files and folders that could not be read, relative to the run folder. They were not searched.
    pub unread: Vec<String>,
}

/// Looks into every file below `folder`. `typed` says which evidence was written as JSON of our own types.
pub(crate) fn folder(folder: &Path, redactor: &Redactor, typed: impl Fn(&str) -> bool) -> Scan {
    let mut scan = Scan { values: redactor.len(), ..Scan::default() };
    let mut files = Vec::new();
    let mut walk = vec![folder.to_owned()];
    while let Some(place) = walk.pop() {
        match entries(&place) {
            Ok((folders, found)) => {
                walk.extend(folders);
                files.extend(found);
            }
            Err(_) => scan.unread.push(name(folder, &place)),
        }
    }
    files.sort();
    for path in files {
        let file = name(folder, &path);
        let Ok(bytes) = std::fs::read(&path) else {
            scan.unread.push(file);
            continue;
        };
        scan.files += 1;
        let leaks = match file.split_once('/') {
            None if file == "events.jsonl" => events(&bytes, redactor),
            None => redactor.leaks_into_report(&bytes),
            Some((_, evidence)) => evidence_leaks(&bytes, redactor, typed(evidence)),
        };
        if leaks {
            scan.hits.push(file);
        }
    }
    scan.unread.sort();
    scan
}

/// True where a piece of evidence holds a hidden value; `typed` is JSON of our own types.
pub(crate) fn evidence_leaks(bytes: &[u8], redactor: &Redactor, typed: bool) -> bool {
    if typed { json(bytes, redactor) } else { redactor.leaks(bytes) }
}

fn entries(place: &Path) -> io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(place)? {
        let entry = entry?;
        let list = if entry.file_type()?.is_dir() { &mut folders } else { &mut files };
        list.push(entry.path());
    }
    Ok((folders, files))
}

fn name(folder: &Path, path: &Path) -> String {
    let name = path.strip_prefix(folder).unwrap_or(path).display().to_string();
    if name.is_empty() { ".".to_owned() } else { name }
}

/// A line leaks where its event would be written differently now. A line that is no record is searched as
/// text.
fn events(bytes: &[u8], redactor: &Redactor) -> bool {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.into_iter().any(|line| match serde_json::from_slice::<Record>(line) {
        Ok(record) => {
            let plain = serde_json::to_value(&record.event);
            match (plain, typed::clean(&record.event, redactor)) {
                (Ok(plain), Ok(clean)) => plain != clean,
                (Err(_), _) | (_, Err(_)) => true,
            }
        }
        Err(_) => redactor.leaks(line),
    })
}

/// Strings and keys. Keys of lower-case letters are names of fields of our own types.
fn json(bytes: &[u8], redactor: &Redactor) -> bool {
    fn leaks(value: &Value, redactor: &Redactor) -> bool {
        let field = |key: &str| key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
            Value::String(text) => redactor.leaks(text.as_bytes()),
            Value::Array(items) => items.iter().any(|item| leaks(item, redactor)),
            Value::Object(map) => map.iter().any(|(key, value)| {
                (!field(key) && redactor.leaks(key.as_bytes())) || leaks(value, redactor)
            }),
        }
    }
    serde_json::from_slice(bytes)
        .map_or_else(|_| redactor.leaks(bytes), |json| leaks(&json, redactor))
}
