//! The masks of what a check saw: one for each hidden text in it.
//!
//! `verify` compares what a check expected with what it found as both were written. With one mask for every hidden
//! text, two different passwords would be equal there: an honest red check would be called forged. So each hidden
//! text of such an event has its own mask: `[redacted]`, `[redacted 2]`, and so on, in the order in which the texts
//! stand in the event. Two strings of the event are then equal exactly where they were equal before.
//!
//! The number in a mask is a position and reveals nothing about the text. A hash of the text would reveal it to
//! an attacker who hashes candidate words. If the runner judged on masked texts too, a red check could become
//! green. Numbers begin anew in each event. A run therefore needs no table of hidden texts, and events of two
//! attempts with different passwords stay alike.

use std::collections::BTreeMap;

use super::redactor::{MASK, Redactor};

/// Number of masks that are tried for a hidden text. Texts of a recipe can look like masks.
const TRIES: usize = 1_000;

/// The masks that one event has so far.
pub(crate) struct Masks<'p> {
    /// The event as it is. A mask that stands in it already could be taken for a hidden text.
    plain: &'p str,
    given: BTreeMap<Vec<u8>, String>,
    /// Numbers that were given or skipped.
    tried: usize,
}

impl<'p> Masks<'p> {
    /// No masks yet, for the event whose JSON is `plain`.
    pub(crate) fn beside(plain: &'p str) -> Self {
        Self { plain, given: BTreeMap::new(), tried: 0 }
    }

    /// The mask of `hidden`; the same for the same text.
    pub(super) fn of(&mut self, hidden: &[u8], redactor: &Redactor) -> &str {
        if !self.given.contains_key(hidden) {
            let mask = self.next(redactor);
            self.given.insert(hidden.to_owned(), mask);
        }
        &self.given[hidden]
    }

    /// The next mask that stands nowhere in the event and holds no hidden value itself.
    fn next(&mut self, redactor: &Redactor) -> String {
        while self.tried < TRIES {
            self.tried += 1;
            let mask = match self.tried {
                1 => MASK.to_owned(),
                number => format!("{} {number}]", MASK.trim_end_matches(']')),
            };
            if !self.plain.contains(&mask) && !redactor.leaks(mask.as_bytes()) {
                return mask;
            }
        }
        MASK.to_owned()
    }
}
