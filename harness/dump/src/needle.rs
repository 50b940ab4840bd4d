//! Words that are looked for in everything that is read.

use std::cell::Cell;

use memchr::memmem;

/// The words, and which of them were seen.
#[derive(Debug)]
pub(crate) struct Needle {
    words: Vec<(String, Cell<bool>)>,
    /// One byte less than the longest word has.
    most: usize,
}

impl Needle {
    pub(crate) fn new(words: &[String]) -> Self {
        let words = words.iter().filter(|word| !word.is_empty());
        let words: Vec<_> = words.map(|word| (word.clone(), Cell::new(false))).collect();
        let most = words.iter().map(|(word, _)| word.len() - 1).max().unwrap_or_default();
        Self { words, most }
    }

    /// The words that were seen, in their order.
    pub(crate) fn seen(&self) -> Vec<String> {
        let seen = self.words.iter().filter(|(_, seen)| seen.get());
        seen.map(|(word, _)| word.clone()).collect()
    }

    /// Looks at `bytes`, which follow `carry`; `carry` is then their end.
    pub(crate) fn look(&self, carry: &mut Vec<u8>, bytes: &[u8]) {
        if self.words.iter().all(|(_, seen)| seen.get()) {
            return;
        }
        let most = self.most;
        carry.extend_from_slice(&bytes[..bytes.len().min(most)]);
        for (word, seen) in self.words.iter().filter(|(_, seen)| !seen.get()) {
            let word = word.as_bytes();
            let found = memmem::find(carry, word).is_some() || memmem::find(bytes, word).is_some();
            seen.set(found);
        }
        if bytes.len() > most {
            carry.clear();
            carry.extend_from_slice(&bytes[bytes.len() - most..]);
        } else {
            let drop = carry.len().saturating_sub(most);
            carry.drain(..drop);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::whole(&["xxbk-1xx"], &["bk-1"])]
    #[case::across(&["xxb", "k-1xx"], &["bk-1"])]
    #[case::byte_by_byte(&["b", "k", "-", "1"], &["bk-1"])]
    #[case::across_three(&["xb", "k-", "1"], &["bk-1"])]
    #[case::absent(&["bk", "x-1"], &[])]
    #[case::not_twice_the_same_bytes(&["bk-", "k-1"], &[])]
    #[case::both(&["bk-1 an", "other wo", "rd"], &["bk-1", "another word"])]
    #[case::the_longer_one(&["an", "other ", "word"], &["another word"])]
    fn words_are_found_across_reads(#[case] pieces: &[&str], #[case] expected: &[&str]) {
        let words = ["bk-1".to_owned(), "another word".to_owned(), String::new()];
        let (needle, mut carry) = (Needle::new(&words), Vec::new());
        for piece in pieces {
            needle.look(&mut carry, piece.as_bytes());
        }
        assert_eq!(needle.seen(), expected);
    }
}
