//! Variable references in one text: `$V`, `${V}`, `${V:-d}`, `${V:?e}`, `${V:+a}`, `$$`.

use std::collections::{BTreeMap, BTreeSet};

/// Replaces the references in `text` by the values in `env`.
///
/// Names that are not set and have no default are nothing and are noted in `unset`. References
/// do not nest: Docker's reader ends `${A:-${B}}` at the first brace and so builds a broken text
/// without a word; here it is an error.
///
/// # Errors
/// A message without place: the caller knows where `text` stands.
pub(crate) fn interpolate(
    text: &str,
    env: &BTreeMap<String, String>,
    unset: &mut BTreeSet<String>,
) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(tail) = rest.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix('{') {
            let Some(end) = tail.find('}') else {
                return Err(format!("`${{{tail}` has no closing brace"));
            };
            let (inside, tail) = (&tail[..end], &tail[end + 1..]);
            out.push_str(&braced(inside, env, unset)?);
            rest = tail;
        } else {
            let name = name_at(rest);
            if name.is_empty() {
                return Err(format!("`${rest}` is no variable reference; write `$$` for a `$`"));
            }
            out.push_str(&value(name, env, unset));
            rest = &rest[name.len()..];
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn braced(
    inside: &str,
    env: &BTreeMap<String, String>,
    unset: &mut BTreeSet<String>,
) -> Result<String, String> {
    let name = name_at(inside);
    let rest = &inside[name.len()..];
    if name.is_empty() {
        return Err(format!("`${{{inside}}}` names no variable"));
    }
    if rest.is_empty() {
        return Ok(value(name, env, unset));
    }
    // With a colon an empty value counts as not set.
    let (operator, colon) = match rest.strip_prefix(':') {
        Some(operator) => (operator, true),
        None => (rest, false),
    };
    let set = env.get(name).filter(|value| !(colon && value.is_empty()));
    let mut chars = operator.chars();
    let (kind, word) = (chars.next(), chars.as_str());
    if word.contains("${") {
        return Err(format!("`${{{inside}}}`: references do not nest"));
    }
    match kind {
        Some('-') => Ok(set.cloned().unwrap_or_else(|| word.to_owned())),
        Some('+') => Ok(set.map(|_| word.to_owned()).unwrap_or_default()),
        Some('?') => set.cloned().ok_or_else(|| match word {
            "" => format!("required variable {name} is not set"),
            word => format!("required variable {name} is not set: {word}"),
        }),
        _ => Err(format!("`${{{inside}}}` is no variable reference")),
    }
}

fn value(name: &str, env: &BTreeMap<String, String>, unset: &mut BTreeSet<String>) -> String {
    env.get(name).cloned().unwrap_or_else(|| {
        unset.insert(name.to_owned());
        String::new()
    })
}

/// The variable name that `text` begins with; empty where there is none.
pub(crate) fn name_at(text: &str) -> &str {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return "";
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> Result<(String, Vec<String>), String> {
        let env = [("V", "v"), ("E", "")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let mut unset = BTreeSet::new();
        let text = interpolate(text, &BTreeMap::from(env), &mut unset)?;
        Ok((text, unset.into_iter().collect()))
    }

    #[rstest::rstest]
    #[case::named("a-$V.b", "a-v.b")]
    #[case::braced("a${V}b", "avb")]
    #[case::escaped("$$V $${V}", "$V ${V}")]
    #[case::default_unset("${N:-d}", "d")]
    #[case::default_empty("${E:-d}", "d")]
    #[case::plain_default_keeps_empty("${E-d}", "")]
    #[case::plain_default_unset("${N-d}", "d")]
    #[case::empty_default("${N:-}", "")]
    #[case::default_with_colon("${N:-a:b/c}", "a:b/c")]
    #[case::alternative("${V:+a}", "a")]
    #[case::alternative_unset("${N+a}", "")]
    #[case::alternative_of_empty("${E:+a}${E+b}", "b")]
    #[case::required("${V:?no}", "v")]
    #[case::required_may_be_empty("${E?no}", "")]
    #[case::no_reference("Host(`x`)", "Host(`x`)")]
    fn replaces(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(run(text).unwrap(), (expected.to_owned(), Vec::new()));
    }

    #[test]
    fn what_is_not_set_is_nothing_and_noted() {
        assert_eq!(run("a$N${M}b").unwrap(), ("ab".to_owned(), vec!["M".into(), "N".into()]));
    }

    #[rstest::rstest]
    #[case("${N:?say so}", "required variable N is not set: say so")]
    #[case("${E:?}", "required variable E is not set")]
    #[case("${N?gone}", "required variable N is not set: gone")]
    #[case("${V", "`${V` has no closing brace")]
    #[case("cost $5", "`$5` is no variable reference; write `$$` for a `$`")]
    #[case("${}", "`${}` names no variable")]
    #[case("${V/a/b}", "`${V/a/b}` is no variable reference")]
    #[case("${N:-${V}}", "`${N:-${V}`: references do not nest")]
    fn refuses(#[case] text: &str, #[case] message: &str) {
        assert_eq!(run(text).unwrap_err(), message);
    }

    proptest::proptest! {
        #[test]
        fn escaping_survives(text in "[a-z$]{0,12}") {
            let escaped = text.replace('$', "$$");
            proptest::prop_assert_eq!(run(&escaped).unwrap().0, text);
        }

        #[test]
        fn never_panics(text in "[$V{}:?+-]{0,12}|\\PC{0,12}") {
            let _ = run(&text);
        }
    }
}
