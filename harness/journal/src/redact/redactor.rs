//! The values that must never be written.

use std::borrow::Cow;
use std::collections::BTreeSet;

use cc_ci_model::Secret;

use super::flat::flatten;
use super::forms::{SHORTEST, needles};
use super::index::Index;
use super::masks::Masks;
use crate::strength::bits;

/// What a secret is replaced by.
pub(crate) const MASK: &str = "[redacted]";

/// Values of fewer bits are not looked for in reports. Events and evidence are cleaned as typed strings; a
/// report holds numbers as text, and `8000` in it is a number of milliseconds and no password.
const SURE: f64 = 28.0;

/// A line of a longer value is hidden by itself where it is this long.
const LINE: usize = 16;

/// The values that must never be written, ready to be found.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    values: BTreeSet<Secret>,
    index: Index,
    /// Needles of the values with at least [`SURE`] bits: a hit of such a needle is not a coincidence.
    sure: Index,
}

impl Redactor {
    /// Hides the values from now on. Returns the values that stay visible because they are too short
    /// ([`SHORTEST`] characters) or part of the mask.
    ///
    /// Values are hidden as they stand, without white space around them, and line by line.
    pub fn hide<'v>(&mut self, values: impl IntoIterator<Item = &'v Secret>) -> Vec<&'v Secret> {
        let before = self.values.len();
        let mut visible = Vec::new();
        for value in values {
            let whole = value.reveal();
            let trimmed = whole.trim_ascii();
            if trimmed.len() < SHORTEST || contains(MASK.as_bytes(), &flatten(trimmed)) {
                visible.push(value);
                continue;
            }
            self.values.extend([value.clone(), trimmed.into()]);
            let lines = trimmed.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
            let telling = |line: &&[u8]| {
                line.len() >= LINE
                    && !line.starts_with(b"-----")
                    && bits(&String::from_utf8_lossy(line)) >= SURE
            };
            self.values.extend(lines.filter(telling).map(Secret::from));
        }
        if self.values.len() > before {
            self.build();
        }
        visible
    }

    fn build(&mut self) {
        let forms = |values: &mut dyn Iterator<Item = &Secret>| {
            let found: BTreeSet<_> = values.flat_map(|value| needles(value.reveal())).collect();
            Index::of(found.into_iter().collect())
        };
        let sure = |value: &&Secret| bits(&value.reveal_text()) >= SURE;
        (self.index, self.sure) =
            (forms(&mut self.values.iter()), forms(&mut self.values.iter().filter(sure)));
    }

    /// Number of values that are hidden.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// True where nothing is hidden.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// `bytes` without any hidden value.
    #[must_use]
    pub fn clean<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        self.replace(bytes, |_, clean| clean.extend_from_slice(MASK.as_bytes()))
    }

    /// As [`Redactor::clean_text`], with a mask of its own for each hidden text.
    pub(crate) fn clean_apart<'t>(&self, text: &'t str, masks: &mut Masks<'_>) -> Cow<'t, str> {
        let mask = |hidden: &[u8], clean: &mut Vec<u8>| {
            clean.extend_from_slice(masks.of(hidden, self).as_bytes());
        };
        as_text(text, self.replace(text.as_bytes(), mask))
    }

    /// `bytes` with what `mask` adds in the place of each hidden text.
    fn replace<'b>(
        &self,
        bytes: &'b [u8],
        mut mask: impl FnMut(&[u8], &mut Vec<u8>),
    ) -> Cow<'b, [u8]> {
        let hits = self.index.find(bytes);
        if hits.is_empty() {
            return Cow::Borrowed(bytes);
        }
        let mut clean = Vec::with_capacity(bytes.len());
        let mut from = 0;
        for hit in hits {
            clean.extend_from_slice(&bytes[from..hit.start]);
            from = hit.end;
            mask(&bytes[hit], &mut clean);
        }
        clean.extend_from_slice(&bytes[from..]);
        Cow::Owned(clean)
    }

    /// `text` without any hidden value.
    #[must_use]
    pub fn clean_text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        as_text(text, self.clean(text.as_bytes()))
    }

    /// True where a hidden value stands in `bytes`.
    #[must_use]
    pub fn leaks(&self, bytes: &[u8]) -> bool {
        self.index.touches(bytes)
    }

    /// True where a hidden value stands in a report. Values of few bits do not count: a report holds
    /// numbers.
    #[must_use]
    pub fn leaks_into_report(&self, bytes: &[u8]) -> bool {
        self.sure.touches(bytes)
    }
}

/// The cleaned form of `text`, as text.
fn as_text<'t>(text: &'t str, clean: Cow<'_, [u8]>) -> Cow<'t, str> {
    match clean {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        // A part of a value may begin inside a character.
        Cow::Owned(clean) => Cow::Owned(String::from_utf8_lossy(&clean).into_owned()),
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
