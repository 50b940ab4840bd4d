//! A word that is looked for in everything that is read.

use std::cell::Cell;

use memchr::memmem;

/// The word, and whether it was seen.
#[derive(Debug)]
pub(crate) struct Needle {
    word: Vec<u8>,
    seen: Cell<bool>,
}

impl Needle {
    pub(crate) fn new(word: &str) -> Self {
        Self { word: word.as_bytes().to_vec(), seen: Cell::new(false) }
    }

    pub(crate) fn is_seen(&self) -> bool {
        self.seen.get()
    }

    /// Looks at `bytes`, which follow `carry`; `carry` is then their end.
    pub(crate) fn look(&self, carry: &mut Vec<u8>, bytes: &[u8]) {
        if self.word.is_empty() || self.seen.get() {
            return;
        }
        let most = self.word.len() - 1;
        carry.extend_from_slice(&bytes[..bytes.len().min(most)]);
        let found =
            memmem::find(carry, &self.word).is_some() || memmem::find(bytes, &self.word).is_some();
        self.seen.set(found);
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
    #[case::whole(&["xxbk-1xx"], true)]
    #[case::across(&["xxb", "k-1xx"], true)]
    #[case::byte_by_byte(&["b", "k", "-", "1"], true)]
    #[case::across_three(&["xb", "k-", "1"], true)]
    #[case::absent(&["bk", "x-1"], false)]
    #[case::not_twice_the_same_bytes(&["bk-", "k-1"], false)]
    fn a_word_is_found_across_reads(#[case] pieces: &[&str], #[case] expected: bool) {
        let (needle, mut carry) = (Needle::new("bk-1"), Vec::new());
        for piece in pieces {
            needle.look(&mut carry, piece.as_bytes());
        }
        assert_eq!(needle.is_seen(), expected);
    }
}
