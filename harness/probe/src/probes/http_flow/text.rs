//! Texts in which `$[name]` stands for what an answer said.
//!
//! `${name}` would not do, because a suite fills those words before a probe sees them, and braces
//! alone would be in the way of JSON.

use std::borrow::Cow;

const OPEN: &str = "$[";
const CLOSE: char = ']';

/// Letters, digits, `_` and `-`, at least one.
pub(super) fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    !name.is_empty() && name.chars().all(plain)
}

/// The name where the whole text is one placeholder.
pub(super) fn alone(text: &str) -> Option<&str> {
    text.strip_prefix(OPEN)?.strip_suffix(CLOSE).filter(|name| is_name(name))
}

/// What stands before the first placeholder.
pub(super) fn head(text: &str) -> &str {
    text.split_once(OPEN).map_or(text, |(head, _)| head)
}

/// A placeholder that cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Slip {
    /// Nothing has this name.
    Unknown(String),
    /// The bracket is never closed.
    Open,
}

/// The text with every placeholder replaced by what `value` says of its name. What is no name
/// between the brackets is given to `value` too, which does not know it.
///
/// # Errors
/// The first that `value` gives, or that there is no name to ask it for.
pub(super) fn fill<'v>(
    text: &str,
    mut value: impl FnMut(&str) -> Result<Cow<'v, str>, Slip>,
) -> Result<String, Slip> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        filled.push_str(before);
        let (name, behind) = after.split_once(CLOSE).ok_or(Slip::Open)?;
        filled.push_str(&value(name)?);
        rest = behind;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::none("plain ${x} {y}", "plain ${x} {y}", None)]
    #[case::alone("$[a]", "<a>", Some("a"))]
    #[case::inside("x $[a-1]$[b_2] y", "x <a-1><b_2> y", None)]
    #[case::two("$[a]$[b]", "<a><b>", None)]
    fn placeholders_are_replaced(
        #[case] text: &str,
        #[case] filled: &str,
        #[case] whole: Option<&str>,
    ) {
        let told = fill(text, |name| Ok(format!("<{name}>").into()));
        assert_eq!(told, Ok(filled.to_owned()));
        assert_eq!(alone(text), whole);
    }

    #[test]
    fn an_open_bracket_and_a_stranger_are_told_apart() {
        let nobody = |name: &str| Err(Slip::Unknown(name.to_owned()));
        assert_eq!(fill("x $[a b] $[c", nobody), Err(Slip::Unknown("a b".to_owned())));
        assert_eq!(fill("x $[c", nobody), Err(Slip::Open));
    }

    #[rstest]
    #[case("token", true)]
    #[case("a-1_B", true)]
    #[case("", false)]
    #[case("a b", false)]
    fn names_are_words(#[case] name: &str, #[case] is: bool) {
        assert_eq!(is_name(name), is);
    }

    proptest! {
        #[test]
        fn text_without_placeholders_stays(text: String) {
            prop_assume!(!text.contains(OPEN));
            prop_assert_eq!(fill(&text, |_| Err(Slip::Open)), Ok(text.clone()));
        }
    }
}
