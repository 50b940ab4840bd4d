//! Keeps secrets out of everything that is written.

use std::collections::BTreeSet;

/// Values shorter than this are not hidden: they would blank out ordinary words. Only values that
/// the harness made up are hidden, and those are random.
const SHORTEST: usize = 4;

/// What a secret is replaced by.
const MASK: &str = "[redacted]";

/// The values that must never be written.
#[derive(Debug, Default)]
pub(crate) struct Redactor {
    values: BTreeSet<String>,
}

impl Redactor {
    /// From now on hides `value`, also as it looks inside a JSON string.
    pub(crate) fn hide(&mut self, value: &str) {
        if value.len() < SHORTEST {
            return;
        }
        let json = serde_json::Value::String(value.to_owned()).to_string();
        // Only the string's own quotes: one at the end of the value belongs to it.
        let inside = json.strip_prefix('"').and_then(|json| json.strip_suffix('"'));
        self.values.extend(inside.map(str::to_owned));
        self.values.insert(value.to_owned());
    }

    /// `bytes` without any hidden value.
    pub(crate) fn clean(&self, bytes: &[u8]) -> Vec<u8> {
        let mut clean = bytes.to_vec();
        for value in &self.values {
            clean = replace(&clean, value.as_bytes());
        }
        clean
    }

    /// True where a hidden value stands in `bytes`.
    pub(crate) fn leaks(&self, bytes: &[u8]) -> bool {
        self.values.iter().any(|value| find(bytes, value.as_bytes()).is_some())
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }
}

fn find(bytes: &[u8], value: &[u8]) -> Option<usize> {
    bytes.windows(value.len()).position(|window| window == value)
}

fn replace(bytes: &[u8], value: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = find(rest, value) {
        clean.extend_from_slice(&rest[..at]);
        clean.extend_from_slice(MASK.as_bytes());
        rest = &rest[at + value.len()..];
    }
    clean.extend_from_slice(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let mut redactor = Redactor::default();
        redactor.hide("pass\"word1");
        let json = br#"{"log":"login pass\"word1 ok pass\"word1"}"#;
        let clean = redactor.clean(json);
        assert_eq!(clean, br#"{"log":"login [redacted] ok [redacted]"}"#);
        assert!(redactor.leaks(b"x pass\"word1"));
        assert!(!redactor.leaks(&clean));
    }

    #[test]
    fn a_quote_at_the_end_belongs_to_the_secret() {
        let mut redactor = Redactor::default();
        redactor.hide("\"word\"");
        assert_eq!(redactor.clean(br#"{"log":"\"word\""}"#), br#"{"log":"[redacted]"}"#);
    }

    #[test]
    fn short_values_stay_readable() {
        let mut redactor = Redactor::default();
        redactor.hide("app");
        assert_eq!(redactor.clean(b"the app"), b"the app");
        assert_eq!(redactor.len(), 0);
    }
}
