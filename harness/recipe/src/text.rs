//! Where in which file something stands.

use std::fmt::{self, Write as _};
use std::ops::Range;
use std::sync::Arc;

/// A file's name, as a reader is to see it, and its text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into() })
    }
}

/// The part of a text that a message shows: a hostile text can be of any length.
pub(crate) fn short(text: &str) -> String {
    cut(text, 80).chars().map(visible).collect()
}

/// The first `most` characters of a text, and `…` for the others.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A name from a file for a message: cut, and without control characters for a terminal.
pub(crate) fn printable(name: &str) -> String {
    cut(name, 200).chars().map(visible).collect()
}

/// A character that cannot command a terminal.
pub(crate) fn visible(c: char) -> char {
    if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c }
}

/// A place in a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    source: Arc<Source>,
    line: usize,
    column: usize,
}

impl Place {
    /// The beginning of a file whose text is not at hand.
    #[must_use]
    pub fn whole(name: &str) -> Self {
        Self::new(&Source::new(name, ""), 1, 1)
    }

    /// `line` and `column` count from 1; the column counts characters.
    pub(crate) fn new(source: &Arc<Source>, line: usize, column: usize) -> Self {
        Self { source: Arc::clone(source), line, column }
    }

    /// The place of the first byte of `span`.
    pub(crate) fn of_span(source: &Arc<Source>, span: Option<Range<usize>>) -> Self {
        let start = span.map_or(0, |span| span.start);
        let before = source.text.get(..start).unwrap_or(&source.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Self::new(source, line, column)
    }

    /// The file, as it was named when it was opened.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.source.name
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column in characters, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// The line itself; empty where the file has no such line.
    #[must_use]
    pub fn line_text(&self) -> &str {
        self.source.text.lines().nth(self.line.saturating_sub(1)).unwrap_or_default()
    }

    /// The line itself with a caret under the column; empty where the file has no such line.
    #[must_use]
    pub fn excerpt(&self) -> String {
        // A line of a hostile file may be endless; no more than this is read of it.
        const WIDTH: usize = 160;
        let Some(line) = self.source.text.lines().nth(self.line.saturating_sub(1)) else {
            return String::new();
        };
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let shown: String = line.chars().take(WIDTH).map(visible).collect();
        let mut out = format!("  {number} | {shown}");
        if self.column <= WIDTH {
            // Tabs stay tabs, so that the caret stands under the character whatever their width.
            let pad: String = (line.chars().chain(std::iter::repeat(' ')))
                .take(self.column.saturating_sub(1))
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect();
            let _ = write!(out, "\n  {margin} | {pad}^");
        }
        out
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source.name, self.line, self.column)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_character() {
        let source = Source::new("f", "one\n\tµ two\n");
        let place = Place::of_span(&source, Some(8..9));
        assert_eq!(place.to_string(), "f:2:4");
        assert_eq!(place.excerpt(), "  2 | \tµ two\n    | \t  ^");
    }

    #[test]
    fn a_hostile_line_commands_no_terminal() {
        let place = Place::new(&Source::new("f", "a\u{1b}[2Jb\0"), 1, 1);
        assert_eq!(place.excerpt(), "  1 | a\u{fffd}[2Jb\u{fffd}\n    | ^");
    }

    #[test]
    fn a_place_behind_the_end_has_no_excerpt() {
        assert_eq!(Place::new(&Source::new("f", "x"), 7, 1).excerpt(), "");
    }
}
