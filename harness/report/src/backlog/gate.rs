//! Whether M1 is passed: the adversary's word, carried from page to page.

use cc_ci_model::sha256_hex;

use super::findings;

/// Whether the classification of a phase (M1) was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Gate {
    /// No decision was made yet.
    #[default]
    NotYet,
    /// Accepted: the fixes (M2) may be claimed.
    Passed,
    /// Refused.
    Failed,
}

const START: &str = "M1 gate: ";

impl Gate {
    fn words(self) -> &'static str {
        match self {
            Self::NotYet => "not yet passed",
            Self::Passed => "PASS",
            Self::Failed => "FAIL",
        }
    }

    /// The line of the page; `cases` ties the decision to the very cases that it was made on.
    pub(super) fn line(self, cases: &str) -> String {
        format!("{START}{} (cases {})", self.words(), Self::tie(cases))
    }

    fn tie(cases: &str) -> String {
        sha256_hex(cases.as_bytes())[..12].to_owned()
    }

    /// The decision on an existing page, if it was made on these very cases: an acceptance of
    /// other cases says nothing about new ones.
    pub(super) fn carried(page: &str, cases: &str) -> Self {
        let found = |gate: &Self| ours(page).lines().any(|line| line == gate.line(cases));
        [Self::Passed, Self::Failed].into_iter().find(found).unwrap_or_default()
    }

    /// The page with the decision changed; `None` where it has no gate.
    #[must_use]
    pub fn mark(self, page: &str) -> Option<String> {
        let head = ours(page);
        let at =
            head.match_indices(START).find(|(at, _)| *at == 0 || head[..*at].ends_with('\n'))?.0;
        let line = head[at..].split(['\r', '\n']).next()?;
        let (_, tie) = line.split_once(" (cases ")?;
        let (before, after) = (&page[..at], &page[at + line.len()..]);
        Some(format!("{before}{START}{} (cases {tie}{after}", self.words()))
    }
}

/// The part of the page that is not the adversary's.
fn ours(page: &str) -> &str {
    &page[..page.len() - findings(page).map_or(0, str::len)]
}
