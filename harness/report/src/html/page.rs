//! The only way into the file: markup is ours, text is escaped.

use crate::text::one_line;

/// The longest text in one place, in characters.
const LONGEST: usize = 2_000;
/// The deepest indentation of a line of a log.
const INDENT: usize = 16;

/// A page in the making. Elements and attribute names are constants of this crate; what stands in
/// them may come from anywhere and is escaped. Elements are closed where they were opened.
#[derive(Debug, Default)]
pub(super) struct Page(String);

/// Name and value of each attribute.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

impl Page {
    /// An element with what `inside` writes.
    pub(super) fn within(
        &mut self,
        element: &'static str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Self),
    ) {
        self.open(element, attributes);
        self.0.push('>');
        inside(self);
        self.0.push_str("</");
        self.0.push_str(element);
        self.0.push('>');
        if is_block(element) {
            self.0.push('\n');
        }
    }

    /// An element that holds nothing but a text.
    pub(super) fn leaf(&mut self, element: &'static str, class: &'static str, text: &str) {
        let attributes = [("class", class)];
        let attributes = if class.is_empty() { &[][..] } else { &attributes[..] };
        self.within(element, attributes, |page| page.text(text));
    }

    /// An element that can hold nothing.
    pub(super) fn void(&mut self, element: &'static str, attributes: Attributes<'_>) {
        self.open(element, attributes);
        self.0.push_str("/>\n");
    }

    /// A text, on one line and within bounds, whatever is in it.
    pub(super) fn text(&mut self, text: &str) {
        self.escaped(&one_line(text, LONGEST));
    }

    /// The lines of a log, each within bounds, with their indentation.
    pub(super) fn lines(&mut self, class: &'static str, text: &str) {
        self.within("pre", &[("class", class)], |page| {
            for (at, line) in text.lines().enumerate() {
                if at > 0 {
                    page.0.push('\n');
                }
                let indent = line.chars().take_while(|c| c.is_whitespace()).count().min(INDENT);
                page.0.extend(std::iter::repeat_n(' ', indent));
                page.text(line);
            }
        });
    }

    /// A text of ours that begins or ends with a space.
    pub(super) fn words(&mut self, words: &'static str) {
        self.escaped(words);
    }

    /// A style sheet of ours, which holds nothing that would have to be escaped.
    pub(super) fn style(&mut self, sheet: &'static str) {
        self.within("style", &[], |page| page.0.push_str(sheet));
    }

    pub(super) fn finish(self) -> String {
        format!("<!DOCTYPE html>\n{}", self.0)
    }

    fn open(&mut self, element: &'static str, attributes: Attributes<'_>) {
        self.0.push('<');
        self.0.push_str(element);
        for (name, value) in attributes {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            self.text(value);
            self.0.push('"');
        }
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
    }
}

/// A line break after these changes nothing of what is shown.
fn is_block(element: &str) -> bool {
    matches!(
        element,
        "head"
            | "title"
            | "style"
            | "header"
            | "section"
            | "article"
            | "details"
            | "table"
            | "tr"
            | "div"
            | "p"
            | "ul"
            | "li"
            | "dl"
            | "h1"
            | "h2"
            | "h3"
            | "thead"
            | "tbody"
            | "summary"
            | "pre"
    )
}
