//! An error's words, sorted into what happened and what to do about it.

/// Where a hint begins in a library's message, and what closes it. Libraries know the next move
/// better than the command line does, but each writes it its own way.
const MARKS: [(&str, &str); 3] = [("\n  hint: ", ""), ("; hint: ", ""), (" (hint: ", ")")];

/// An error's words.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// What happened, the causes joined by colons.
    pub(crate) said: String,
    /// What to do, a line each.
    pub(crate) hints: Vec<String>,
}

impl Message {
    /// The words of `error` and its causes. Many errors quote their cause themselves; it is not
    /// said twice.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        let mut message = Self::default();
        for cause in error.chain() {
            let Self { said, hints } = Self::split(&cause.to_string());
            if !message.said.contains(&said) {
                let colon = if message.said.is_empty() { "" } else { ": " };
                message.said.extend([colon, &said]);
            }
            for hint in hints {
                if !message.hints.contains(&hint) {
                    message.hints.push(hint);
                }
            }
        }
        message
    }

    fn split(text: &str) -> Self {
        let first = |text: &str| {
            let found = MARKS.iter().filter_map(|mark| Some((text.find(mark.0)?, mark)));
            found.min_by_key(|(at, _)| *at)
        };
        let Some((end, mut mark)) = first(text) else {
            return Self { said: text.to_owned(), hints: Vec::new() };
        };
        let (said, mut rest) = text.split_at(end);
        let mut hints = Vec::new();
        loop {
            rest = &rest[mark.0.len()..];
            let next = first(rest);
            let hint = &rest[..next.map_or(rest.len(), |(at, _)| at)];
            hints.push(hint.strip_suffix(mark.1).unwrap_or(hint).to_owned());
            let Some((at, following)) = next else { break };
            (rest, mark) = (&rest[at..], following);
        }
        Self { said: said.to_owned(), hints }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn message(said: &str, hints: &[&str]) -> Message {
        let hints = hints.iter().map(|hint| (*hint).to_owned()).collect();
        Message { said: said.to_owned(), hints }
    }

    #[rstest]
    #[case::none("no x", "no x", &[])]
    #[case::line("no x\n  hint: a", "no x", &["a"])]
    #[case::clause("no x; hint: a", "no x", &["a"])]
    #[case::brackets("no x (hint: run `a` (b))", "no x", &["run `a` (b)"])]
    #[case::several("no x; hint: a\n  hint: b (hint: c)", "no x", &["a", "b", "c"])]
    #[case::only_a_word("the hint: y", "the hint: y", &[])]
    fn hints_are_told_apart(#[case] text: &str, #[case] said: &str, #[case] hints: &[&str]) {
        assert_eq!(Message::split(text), message(said, hints));
    }

    #[test]
    fn a_quoted_cause_is_said_once() {
        let cause = std::io::Error::other("is full");
        let error = anyhow::Error::new(cause).context("disk: is full; hint: buy").context("write");
        assert_eq!(Message::of(&error), message("write: disk: is full", &["buy"]));
    }
}
