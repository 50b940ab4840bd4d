//! Text without its line breaks.
//!
//! Tools wrap long values (`base64` at 76 columns, `od` at 16 bytes), and a log breaks a value where its
//! writer paused. Values are therefore searched for in the text without line breaks.

use std::ops::Range;

/// True for the bytes that end a line.
#[inline(always)]
pub(super) fn is_break(byte: &u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// The text without any `\n` and `\r`.
pub(super) fn flatten(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|byte| !is_break(byte)).collect()
}

/// A stretch of a text without its line breaks.
pub(super) struct Window {
    bytes: Vec<u8>,
    /// Where each byte stands in the text.
    places: Vec<usize>,
    at: usize,
}

impl Window {
    /// At most `before` bytes before the place `at` of the text and `behind` bytes from it on.
    pub(super) fn around(text: &[u8], at: usize, before: usize, behind: usize) -> Self {
        let flat = |place: &usize| !is_break(&text[*place]);
        let mut places: Vec<usize> = (0..at).rev().filter(flat).take(before).collect();
        places.reverse();
        let own = places.len();
        places.extend((at..text.len()).filter(flat).take(behind));
        Self { bytes: places.iter().map(|place| text[*place]).collect(), places, at: own }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The index of the byte around which the window lies.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Where a range of the window stands in the text. A range grows by the line breaks inside it, not by
    /// those around it.
    pub(super) fn place(&self, range: Range<usize>) -> Range<usize> {
        let places = &self.places[range];
        let first = places.first().copied().unwrap_or_default();
        first..places.last().map_or(first, |last| last + 1)
    }

    /// Where the window stands in the text.
    pub(super) fn all(&self) -> Range<usize> {
        self.place(0..self.places.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_find_their_way_back() {
        let text = b"\nab\r\ncd\n\nef";
        assert_eq!(flatten(text), b"abcdef");
        let window = Window::around(text, 5, 9, 9);
        assert_eq!((window.bytes(), window.at()), (&b"abcdef"[..], 2));
        let found = [0..2, 3..4, 4..6].map(|range| &text[window.place(range)]);
        assert_eq!(found, [&b"ab"[..], b"d", b"ef"]);
        assert_eq!(&text[window.place(1..5)], b"b\r\ncd\n\ne");
        assert_eq!(&text[Window::around(text, 5, 1, 3).all()], b"b\r\ncd\n\ne");
    }
}
