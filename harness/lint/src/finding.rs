//! What a rule has found.

use std::collections::BTreeMap;

use cc_ci_model::sha256_hex;
use cc_ci_recipe::Place;
use serde::Serialize;

use crate::rule::{Rule, Severity};

/// One thing that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// The rule's severity.
    pub severity: Severity,
    /// The file, relative to the version's folder; `None` where it is about the recipe as a whole.
    pub file: Option<String>,
    /// The line, from 1; `None` where it is about the whole file.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// The keys that lead there, as `services.app.image`; may be empty.
    pub key: String,
    /// What is wrong, in a fragment.
    pub message: String,
    /// The source line; empty where there is none.
    pub source: String,
    /// Names this finding again after lines have moved: 16 hexadecimal digits over rule, file, key
    /// and source line, and its number among equals.
    pub fingerprint: String,
    /// Where it is; the source line is shown from there.
    #[serde(skip)]
    pub(crate) place: Option<Place>,
}

/// Where a rule puts what it finds.
#[derive(Debug, Default)]
pub(crate) struct Found {
    drafts: Vec<Draft>,
}

/// A finding before its rule is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    file: Option<String>,
    place: Option<Place>,
    pub(crate) key: String,
    pub(crate) message: String,
}

impl Found {
    pub(crate) fn at(&mut self, place: &Place, key: impl Into<String>, message: impl Into<String>) {
        let (file, place) = (Some(place.file().to_owned()), Some(place.clone()));
        self.drafts.push(Draft { file, place, key: key.into(), message: message.into() });
    }

    /// A finding about a whole file, there or missing.
    pub(crate) fn file(&mut self, file: &str, message: impl Into<String>) {
        let (file, key, message) = (Some(file.to_owned()), String::new(), message.into());
        self.drafts.push(Draft { file, place: None, key, message });
    }

    /// A finding about the recipe.
    pub(crate) fn recipe(&mut self, message: impl Into<String>) {
        let (key, message) = (String::new(), message.into());
        self.drafts.push(Draft { file: None, place: None, key, message });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.drafts.is_empty()
    }

    /// Takes over what `other` found in an overlay, except what stands here already.
    pub(crate) fn add_overlay(&mut self, other: Self, overlay: &str) {
        for mut draft in other.drafts {
            if !self.drafts.iter().any(|known| known.is_same(&draft)) {
                if draft.file.as_deref() != Some(overlay) {
                    draft.message = format!("{} (with {overlay})", draft.message);
                }
                self.drafts.push(draft);
            }
        }
    }

    /// The findings of `rule`; files are named relative to `folder`. `env` is the instance's
    /// environment: its name and domain are made up, so that the recipe's own words stand for them.
    pub(crate) fn into_findings(
        self,
        rule: &Rule,
        folder: &str,
        env: &BTreeMap<String, String>,
    ) -> Vec<Finding> {
        if self.drafts.is_empty() {
            return Vec::new();
        }
        let written = AsWritten::of(env);
        let plain = |draft: Draft| {
            let (key, message) = (written.text(draft.key), written.text(draft.message));
            Draft { key, message, file: draft.file, place: draft.place }
        };
        let mut findings: Vec<Finding> =
            self.drafts.into_iter().map(|draft| plain(draft).finish(rule, folder)).collect();
        findings.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        let mut seen = BTreeMap::<String, usize>::new();
        for finding in &mut findings {
            let file = finding.file.as_deref().unwrap_or_default();
            let (key, line) = (&finding.key, finding.source.trim());
            let what = format!("{}\0{file}\0{key}\0{line}", finding.rule);
            let nth = seen.entry(what.clone()).or_default();
            finding.fingerprint = sha256_hex(format!("{what}\0{nth}").as_bytes())[..16].to_owned();
            *nth += 1;
        }
        findings
    }
}

impl Draft {
    /// The same key at the same place is the same finding, whatever the overlay makes of it.
    fn is_same(&self, other: &Self) -> bool {
        self.key == other.key && (self.place == other.place || !self.key.is_empty())
    }

    fn finish(self, rule: &Rule, folder: &str) -> Finding {
        let folder = folder.trim_end_matches('/');
        let relative = |file: String| match file.strip_prefix(folder) {
            Some(rest) if rest.starts_with('/') => rest.trim_start_matches('/').to_owned(),
            _ => file,
        };
        let place = self.place.as_ref();
        Finding {
            rule: rule.id,
            severity: rule.severity,
            file: self.file.map(relative),
            line: place.map(Place::line),
            column: place.map(Place::column),
            key: self.key,
            message: self.message,
            source: place.map(|place| cut(place.line_text()).to_owned()).unwrap_or_default(),
            fingerprint: String::new(),
            place: self.place,
        }
    }
}

impl Finding {
    /// The line of the file that the finding is about, with a caret under its column. It is empty for a finding that has no
    /// place in a file.
    pub(crate) fn excerpt(&self) -> String {
        self.place.as_ref().map(Place::excerpt).unwrap_or_default()
    }
}

/// Values of the environment, and the references that messages show in their place.
struct AsWritten<'a>(Vec<(&'a str, &'static str)>);

impl<'a> AsWritten<'a> {
    /// The values that are made up for an instance, as far as they can be told from other words.
    fn of(env: &'a BTreeMap<String, String>) -> Self {
        let names = [("STACK_NAME", "${STACK_NAME}"), ("DOMAIN", "${DOMAIN}")];
        let known = names.into_iter().filter_map(|(name, reference)| {
            Some((env.get(name)?.as_str(), reference)).filter(|(value, _)| value.len() > 3)
        });
        Self(known.collect())
    }

    fn text(&self, mut text: String) -> String {
        for (value, reference) in &self.0 {
            if text.contains(value) {
                text = text.replace(value, reference);
            }
        }
        text
    }
}

/// The first 400 characters of `line`: a line of a hostile file can be of any length.
fn cut(line: &str) -> &str {
    line.char_indices().nth(400).map_or(line, |(end, _)| &line[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::below("/r/shop", "/r/shop/a.yml", "a.yml")]
    #[case::slash("r/shop/", "r/shop/a.yml", "a.yml")]
    #[case::here(".", "./a.yml", "a.yml")]
    #[case::dot_file(".", ".env.sample", ".env.sample")]
    #[case::relative_already("shop", "shop.yml", "shop.yml")]
    fn files_are_named_relative_to_the_folder(
        #[case] folder: &str,
        #[case] file: &str,
        #[case] expected: &str,
    ) {
        let mut found = Found::default();
        found.file(file, "is odd");
        let findings = found.into_findings(crate::rules::rules()[0], folder, &BTreeMap::new());
        assert_eq!(findings[0].file.as_deref(), Some(expected));
    }
}
