//! An error's words, sorted into what happened and what to do about it.

use std::error::Error;
use std::iter::successors;

/// Where a hint begins in a library's message, and what closes it. Libraries write their hints in different
/// forms.
const MARKS: [(&str, &str); 3] = [("\n  hint: ", ""), ("; hint: ", ""), (" (hint: ", ")")];

/// An error's words.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// What happened, the causes joined by colons.
    pub said: String,
    /// What to do, a line each.
    pub hints: Vec<String>,
}

impl Words {
    /// The words of `error` and its causes. Many errors quote their cause; the quoted words are left out.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Self {
        let mut words = Self::default();
        for cause in chain(error) {
            let Self { said, hints } = Self::split(&cause.to_string());
            if !words.said.contains(&said) {
                let colon = if words.said.is_empty() { "" } else { ": " };
                words.said.extend([colon, &said]);
            }
            for hint in hints {
                if !words.hints.contains(&hint) {
                    words.hints.push(hint);
                }
            }
        }
        words
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

/// The error, its cause, the cause of that, and so on.
pub(crate) fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&error| error.source())
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Caused;
    use rstest::rstest;

    use super::*;

    fn words(said: &str, hints: &[&str]) -> Words {
        let hints = hints.iter().map(|hint| (*hint).to_owned()).collect();
        Words { said: said.to_owned(), hints }
    }

    #[rstest]
    #[case::none("no x", "no x", &[])]
    #[case::line("no x\n  hint: a", "no x", &["a"])]
    #[case::clause("no x; hint: a", "no x", &["a"])]
    #[case::brackets("no x (hint: run `a` (b))", "no x", &["run `a` (b)"])]
    #[case::several("no x; hint: a\n  hint: b (hint: c)", "no x", &["a", "b", "c"])]
    #[case::only_a_word("the hint: y", "the hint: y", &[])]
    fn hints_are_told_apart(#[case] text: &str, #[case] said: &str, #[case] hints: &[&str]) {
        assert_eq!(Words::split(text), words(said, hints));
    }

    #[test]
    fn a_quoted_cause_is_said_once() {
        let cause = std::io::Error::other("is full");
        let full = Caused::new("disk: is full; hint: buy", Box::new(cause));
        let error = Caused::new("write", Box::new(full));
        assert_eq!(Words::of(&error), words("write: disk: is full", &["buy"]));
    }
}
