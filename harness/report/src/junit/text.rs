//! The only way for text into the report.

/// Text that XML 1.0 can carry and every reader gives back as it is.
///
/// Containers print anything. Control characters become their visible pictures (`␛`), what XML
/// cannot carry becomes `�`, line ends become `\n` (a reader would change them anyway).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlText(String);

impl XmlText {
    /// The longest text that is kept whole, in bytes; some readers choke at 10 MB in one node.
    pub const MAX: usize = 256 * 1024;

    /// Makes any text harmless. Longer text keeps its head and its tail.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let text = cut(&text.replace("\r\n", "\n"), Self::MAX);
        Self(text.chars().map(harmless).collect())
    }

    /// As text of an element.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// On one line, for an attribute: a reader would turn line breaks into blanks anyway.
    #[must_use]
    pub fn line(&self) -> String {
        let line: String =
            self.0.chars().map(|c| if c == '\n' || c == '\t' { ' ' } else { c }).collect();
        cut(&line, 2000).replace('\n', " ")
    }

    /// As the inside of a CDATA section; `]]>` is spread over two sections.
    #[must_use]
    pub fn cdata(&self) -> String {
        self.0.replace("]]>", "]]]]><![CDATA[>")
    }
}

fn harmless(c: char) -> char {
    match c {
        '\t' | '\n' => c,
        '\r' => '\n',
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        _ => c,
    }
}

/// The text, or its head and tail with a note between where it is longer than `max` bytes.
fn cut(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let head = &text[..text.floor_char_boundary(max / 2)];
    let tail = &text[text.ceil_char_boundary(text.len() - max / 2)..];
    format!("{head}\n[… {} bytes left out …]\n{tail}", text.len() - head.len() - tail.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("plain\ttext\n", "plain\ttext\n")]
    #[case("\u{1b}[31mred\u{0}", "␛[31mred␀")]
    #[case("dos\r\nmac\rend", "dos\nmac\nend")]
    #[case("\u{7f}\u{9b}\u{ffff}", "␡\u{fffd}\u{fffd}")]
    #[case("😀 ]]> <&>", "😀 ]]> <&>")]
    fn only_what_xml_can_carry(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(XmlText::new(text).as_str(), expected);
    }

    #[test]
    fn a_section_cannot_be_closed_from_inside() {
        assert_eq!(XmlText::new("a]]>b").cdata(), "a]]]]><![CDATA[>b");
        assert_eq!(XmlText::new("a\nb").line(), "a b");
    }

    #[test]
    fn long_text_keeps_head_and_tail() {
        let text = format!("head{}tail", "ä".repeat(XmlText::MAX));
        let kept = XmlText::new(&text);
        assert!(kept.as_str().len() < XmlText::MAX + 100);
        assert!(kept.as_str().starts_with("head") && kept.as_str().ends_with("tail"));
        assert!(kept.as_str().contains("bytes left out"));
    }
}
