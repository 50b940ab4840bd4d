//! Comments that allow what a rule finds, each with a reason.

use cc_ci_recipe::{Files, Place, nearest};

use crate::finding::{Finding, Found};
use crate::report::{Allowed, Checked, Status};
use crate::rule::Rule;
use crate::rules::rules;

/// A comment `cc-ci: allow RULE, RULE because REASON`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Allow {
    place: Place,
    /// The rules as they are written.
    rules: Vec<String>,
    /// Empty where none is given.
    reason: String,
    /// It stands before everything else in the file, or says `allow-file`.
    whole_file: bool,
    /// The lines that it is about: its own, and the first one below that is no comment.
    lines: [usize; 2],
}

/// What opens a comment in the files of a recipe.
const OPENERS: [&str; 5] = ["#", "//", ";", "<!--", "/*"];
const MARK: &str = "cc-ci:";

/// The comments of one text.
fn read(name: &str, text: &str, files: &Files) -> Vec<Allow> {
    if !text.contains(MARK) {
        return Vec::new();
    }
    let lines: Vec<&str> = text.lines().collect();
    let bare = |line: &str| {
        let line = line.trim();
        line.is_empty() || line == "---" || OPENERS.iter().any(|open| line.starts_with(open))
    };
    let head = lines.iter().position(|line| !bare(line)).unwrap_or(lines.len());
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(at) = line.find(MARK) else { continue };
        let before = line[..at].trim_end();
        let Some(open) = OPENERS.iter().find(|open| before.ends_with(**open)) else { continue };
        let code = before[..before.len() - open.len()].trim();
        let words = line[at + MARK.len()..].trim().trim_end_matches("-->").trim_end_matches("*/");
        let Some(rest) = words.trim().strip_prefix("allow") else { continue };
        let (rest, file) = match rest.strip_prefix("-file") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let (named, reason) = rest.split_once("because").unwrap_or((rest, ""));
        let named = named.split([',', ' ', '\t']).filter(|word| !word.is_empty());
        let below = lines.iter().skip(index + 1).position(|line| !bare(line));
        let next = below.filter(|_| code.is_empty()).map_or(index, |below| index + 1 + below);
        let column = line[..at].chars().count() + 1;
        let Some(place) = files.place_in(name, index + 1, column) else { continue };
        found.push(Allow {
            place,
            rules: named.map(str::to_owned).collect(),
            reason: reason.trim().trim_end_matches('.').to_owned(),
            whole_file: file || index < head,
            lines: [index + 1, next + 1],
        });
    }
    found
}

impl Allow {
    fn names(&self, rule: &str) -> bool {
        self.rules.iter().any(|word| find(word).is_some_and(|known| known.id == rule))
    }

    /// True for a finding that the comment is about. What has no place in a file that was read (a
    /// file that is missing, a tag of the repository) belongs to the first compose file.
    fn covers(&self, finding: &Finding, files: &Files) -> bool {
        let file = finding.file.as_deref();
        let read = |name: &str| files.texts().any(|(known, _)| known == name);
        let here = match file.filter(|name| read(name)) {
            Some(name) => self.place.file() == name,
            None => files.chain().next() == Some(self.place.file()),
        };
        let line = finding.line.is_some_and(|line| self.lines.contains(&line));
        here && self.names(finding.rule) && (self.whole_file || line)
    }
}

/// The rule that a word means: its id or its name.
fn find(word: &str) -> Option<&'static Rule> {
    let fits = |rule: &&&Rule| rule.id.eq_ignore_ascii_case(word) || rule.name == word;
    rules().iter().find(fits).copied()
}

/// Takes what a comment allows out of `findings`, and notes in `found` what is wrong with the
/// comments. `checked` tells which rules were looked at.
pub(crate) fn apply(
    files: &Files,
    findings: &mut Vec<Finding>,
    checked: &[Checked],
    found: &mut Found,
) -> Vec<Allowed> {
    let allows: Vec<Allow> =
        files.texts().flat_map(|(name, text)| read(name, text, files)).collect();
    let mut used = vec![Vec::new(); allows.len()];
    let mut allowed = Vec::new();
    findings.retain(|finding| {
        let covering = |allow: &Allow| !allow.reason.is_empty() && allow.covers(finding, files);
        let Some(at) = allows.iter().position(covering) else { return true };
        used[at].push(finding.rule);
        allowed.push(Allowed {
            finding: finding.clone(),
            reason: allows[at].reason.clone(),
            file: allows[at].place.file().to_owned(),
            line: allows[at].place.line(),
        });
        false
    });
    for (allow, used) in allows.iter().zip(&used) {
        let mut tell = |message: String| found.at(&allow.place, "", message);
        if allow.rules.is_empty() {
            tell("names no rule".to_owned());
        } else if allow.reason.is_empty() {
            tell(format!("allows {} without a reason; add `because …`", allow.rules.join(", ")));
        }
        for word in &allow.rules {
            let Some(rule) = find(word) else {
                let known = rules().iter().flat_map(|rule| [rule.id, rule.name]);
                let near = nearest(word, known).map(|near| format!("; did you mean {near}?"));
                tell(format!("there is no rule {word}{}", near.unwrap_or_default()));
                continue;
            };
            let open = |c: &Checked| matches!(c.status, Status::NotChecked(_));
            let looked_at = !checked.iter().any(|c| c.rule.id == rule.id && open(c));
            if looked_at && !allow.reason.is_empty() && !used.contains(&rule.id) {
                tell(format!("allows {}, and nothing breaks that rule here", rule.id));
            }
        }
    }
    allowed
}
