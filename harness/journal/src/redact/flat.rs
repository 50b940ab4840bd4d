//! Text without its line breaks.
//!
//! Tools wrap long values (`base64` at 76 columns, `od` at 16 bytes), and a log breaks a value where its
//! writer paused. Values are therefore searched for in the text without line breaks.

use std::borrow::Cow;
use std::ops::Range;

/// Takes out every `\n` and `\r`.
pub(super) fn flatten(text: &[u8]) -> Cow<'_, [u8]> {
    let mut breaks = memchr::memchr2_iter(b'\n', b'\r', text);
    let Some(first) = breaks.next() else { return Cow::Borrowed(text) };
    let mut flat = Vec::with_capacity(text.len());
    flat.extend_from_slice(&text[..first]);
    let mut from = first + 1;
    for at in breaks {
        flat.extend_from_slice(&text[from..at]);
        from = at + 1;
    }
    flat.extend_from_slice(&text[from..]);
    Cow::Owned(flat)
}

/// Moves sorted ranges of the flat text to the text it was made from. A range grows by the line breaks
/// inside it, not by those around it.
pub(super) fn unflatten(text: &[u8], ranges: &mut [Range<usize>]) {
    let mut breaks = memchr::memchr2_iter(b'\n', b'\r', text).peekable();
    let mut before = 0;
    for range in ranges {
        // The break at `at` stands before the flat position `at - before`.
        while breaks.next_if(|at| at - before <= range.start).is_some() {
            before += 1;
        }
        let inside = range.end;
        range.start += before;
        while breaks.next_if(|at| at - before < inside).is_some() {
            before += 1;
        }
        range.end = inside + before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_find_their_way_back() {
        let text = b"\nab\r\ncd\n\nef";
        assert_eq!(&*flatten(text), b"abcdef");
        let mut ranges = [0..2, 3..4, 4..6];
        unflatten(text, &mut ranges);
        let found = ranges.map(|range| text[range].to_vec());
        assert_eq!(found, [b"ab".to_vec(), b"d".to_vec(), b"ef".to_vec()]);
        let mut across = [1..5, 5..6];
        unflatten(text, &mut across);
        assert_eq!(&text[across[0].clone()], b"b\r\ncd\n\ne");
    }
}
