//! How much evidence is kept. An app can write logs of any length.

use std::borrow::Cow;

use cc_ci_model::{Ceiling, Ceilings, size};

/// Bounds one piece of evidence, and all of a run together.
#[derive(Debug)]
pub(crate) struct Bound {
    item: usize,
    run: u64,
    taken: u64,
}

impl Default for Bound {
    fn default() -> Self {
        Self::of(&Ceilings::of_machine(0))
    }
}

impl Bound {
    pub(crate) fn of(ceilings: &Ceilings) -> Self {
        let (item, run) = (Ceiling::EvidenceItemBytes, Ceiling::EvidenceRunBytes);
        Self { item: ceilings.length(item), run: ceilings.get(run), taken: 0 }
    }

    /// The part of `bytes` that is kept. The middle of a piece that is too long is cut out: its beginning says
    /// what the piece is, and its end says what happened last.
    pub(crate) fn keep<'a>(&mut self, bytes: Cow<'a, [u8]>) -> Cow<'a, [u8]> {
        let kept = if bytes.len() <= self.item { bytes } else { Cow::Owned(self.ends(&bytes)) };
        let taken = self.taken.saturating_add(kept.len() as u64);
        if taken > self.run {
            let (length, run) = (kept.len() as u64, self.run);
            let said = format!("[not kept: {} above the {} of one run]", size(length), size(run));
            return Cow::Owned(said.into_bytes());
        }
        self.taken = taken;
        kept
    }

    fn ends(&self, bytes: &[u8]) -> Vec<u8> {
        let head = self.item / 4;
        let tail = self.item - head;
        let cut = size((bytes.len() - self.item) as u64);
        let note = format!("\n[{cut} cut out here]\n");
        [&bytes[..head], note.as_bytes(), &bytes[bytes.len() - tail..]].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(bound: &mut Bound, text: &str) -> String {
        String::from_utf8(bound.keep(Cow::Borrowed(text.as_bytes())).into_owned()).unwrap()
    }

    #[test]
    fn a_long_piece_keeps_its_ends() {
        let mut bound = Bound { item: 8, run: 1000, taken: 0 };
        assert_eq!(kept(&mut bound, "12345678"), "12345678");
        assert_eq!(kept(&mut bound, "123456789a"), "12\n[2 bytes cut out here]\n56789a");
    }

    #[test]
    fn a_run_keeps_so_much_and_no_more() {
        let mut bound = Bound { item: 100, run: 10, taken: 0 };
        assert_eq!(kept(&mut bound, "12345678"), "12345678");
        let said = "[not kept: 8 bytes above the 10 bytes of one run]";
        assert_eq!(kept(&mut bound, "abcdefgh"), said);
        assert_eq!(kept(&mut bound, "ab"), "ab", "what still fits is kept");
    }
}
