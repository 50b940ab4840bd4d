//! A command line as a list of words.

use crate::yaml::{At, Problem, Value};

/// Reads a command: a list of words, or one text that is split as a shell splits it.
pub(crate) fn command(at: &At<'_>) -> Result<Vec<String>, Problem> {
    match &at.node.value {
        Value::Scalar(_) => {
            let text = at.text()?;
            split(text).ok_or_else(|| at.bad(text, "a command: a quote is not closed"))
        }
        Value::List(_) => at.texts(),
        Value::Map(_) => Err(at.expected("a text or a list of texts")),
    }
}

/// Splits at blanks outside quotes. Nothing but quotes and backslashes means anything: no shell
/// will see the words.
fn split(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            // A `#` that begins a word makes the rest of its line a comment.
            (None, '#') if word.is_none() => drop(chars.find(|c| *c == '\n')),
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().push(chars.next()?),
            (None, ' ' | '\t' | '\r' | '\n') => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("one two", &["one", "two"])]
    #[case("  a\n b ", &["a", "b"])]
    #[case("sh -c 'echo \"$HOME\"'", &["sh", "-c", "echo \"$HOME\""])]
    #[case("a\\ b \"c \\\" d\"", &["a b", "c \" d"])]
    #[case("-o=\"\" ''", &["-o=", ""])]
    #[case("", &[])]
    #[case("a#b # c\nd", &["a#b", "d"])]
    #[case("a\u{a0}b", &["a\u{a0}b"])]
    #[case("\"a\\nb\"", &["anb"])]
    fn splits_as_a_shell(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(split(text).unwrap(), expected);
    }

    #[rstest::rstest]
    #[case("a 'b")]
    #[case("a \"b")]
    #[case("a\\")]
    fn an_open_end_is_no_command(#[case] text: &str) {
        assert_eq!(split(text), None);
    }
}
