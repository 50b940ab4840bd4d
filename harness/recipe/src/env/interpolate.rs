//! Variable references in one text: `$V`, `${V}`, `${V:-d}`, `${V:?e}`, `${V:+a}`, `$$`.

use std::collections::{BTreeMap, BTreeSet};

use crate::text::short;

/// Bytes of one value; the longest that Linux takes for `NAME=value` in an environment.
const LONGEST: usize = 128 << 10;

/// Bytes of one text of a compose file; a whole file has no more.
const LONGEST_TEXT: usize = 1 << 20;

/// The variables, and the names that were used and are not set.
struct Env<'a> {
    env: &'a BTreeMap<String, String>,
    unset: &'a mut BTreeSet<String>,
}

/// Replaces the references in a text of a compose file by the values in `env`.
///
/// Names that are not set and have no default are replaced by an empty text and noted in `unset`. References do
/// not nest: Docker's reader ends `${A:-${B}}` at the first brace and builds a broken text without an error;
/// here it is an error.
///
/// Docker's reader knows operators without braces, too: `$V-alpine` is `$V` with the default `alpine`, and the
/// default reaches to the next `}` or to the end of the text. This reader does the same, because what is
/// deployed depends on it.
///
/// # Errors
/// A message without place: the caller knows where `text` stands.
pub(crate) fn interpolate(
    text: &str,
    env: &BTreeMap<String, String>,
    unset: &mut BTreeSet<String>,
) -> Result<String, String> {
    replace(text, &mut Env { env, unset }, true, LONGEST_TEXT)
}

/// Replaces the references in a value of an environment file. There, as in a shell, an operator
/// needs braces.
pub(crate) fn expand(text: &str, env: &BTreeMap<String, String>) -> Result<String, String> {
    replace(text, &mut Env { env, unset: &mut BTreeSet::new() }, false, LONGEST)
}

fn replace(
    text: &str,
    env: &mut Env<'_>,
    bare_operators: bool,
    longest: usize,
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
                return Err(format!("`${{{}` has no closing brace", short(tail)));
            };
            let (inside, tail) = (&tail[..end], &tail[end + 1..]);
            out.push_str(&env.braced(inside)?);
            rest = tail;
        } else {
            let name = name_at(rest);
            if name.is_empty() {
                let rest = short(rest);
                return Err(format!("`${rest}` is no variable reference; write `$$` for a `$`"));
            }
            let end = if bare_operators { bare_end(rest, name.len()) } else { name.len() };
            if end > name.len() {
                out.push_str(&env.operator(&rest[..end])?);
            } else {
                out.push_str(&env.value(name));
            }
            rest = &rest[end..];
        }
        if out.len() > longest {
            break;
        }
    }
    out.push_str(rest);
    if out.len() > longest {
        return Err(format!("the text is longer than {longest} bytes"));
    }
    Ok(out)
}

/// Where a reference without braces ends whose name ends at `name`.
fn bare_end(text: &str, name: usize) -> usize {
    let operator = text[name..].strip_prefix(':').unwrap_or(&text[name..]);
    if !operator.starts_with(['-', '?']) {
        return name;
    }
    text.find('}').unwrap_or(text.len())
}

impl Env<'_> {
    fn braced(&mut self, inside: &str) -> Result<String, String> {
        match name_at(inside) {
            "" => Err(format!("`${{{}}}` names no variable", short(inside))),
            name if name == inside => Ok(self.value(name)),
            _ => self.operator(inside),
        }
    }

    /// A name with an operator. With a colon an empty value counts as not set.
    fn operator(&mut self, inside: &str) -> Result<String, String> {
        let name = name_at(inside);
        let rest = &inside[name.len()..];
        let (operator, colon) = match rest.strip_prefix(':') {
            Some(operator) => (operator, true),
            None => (rest, false),
        };
        let set = self.env.get(name).filter(|value| !(colon && value.is_empty()));
        let mut chars = operator.chars();
        let (kind, word) = (chars.next(), chars.as_str());
        if word.contains("${") {
            return Err(format!("`${{{}}}`: references do not nest", short(inside)));
        }
        match kind {
            Some('-') => Ok(set.cloned().unwrap_or_else(|| word.to_owned())),
            Some('+') => Ok(set.map(|_| word.to_owned()).unwrap_or_default()),
            Some('?') => set.cloned().ok_or_else(|| match word {
                "" => format!("required variable {name} is not set"),
                word => format!("required variable {name} is not set: {}", short(word)),
            }),
            _ => Err(format!("`${{{}}}` is no variable reference", short(inside))),
        }
    }

    fn value(&mut self, name: &str) -> String {
        self.env.get(name).cloned().unwrap_or_else(|| {
            self.unset.insert(name.to_owned());
            String::new()
        })
    }
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
    #[case::default_keeps_dollars("${N:-$V $$x}", "$V $$x")]
    #[case::alternative("${V:+a}", "a")]
    #[case::alternative_unset("${N+a}", "")]
    #[case::alternative_of_empty("${E:+a}${E+b}", "b")]
    #[case::required("${V:?no}", "v")]
    #[case::required_may_be_empty("${E?no}", "")]
    #[case::no_reference("Host(`x`)", "Host(`x`)")]
    #[case::bare_default_is_swallowed("x:$V-alpine $V", "x:v")]
    #[case::bare_default("$N-d $V", "d $V")]
    #[case::bare_default_ends_at_a_brace("$N-c}d$V", "c}dv")]
    #[case::bare_colon("$V:80", "v:80")]
    #[case::bare_alternative_is_text("$V+a", "v+a")]
    fn replaces(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(run(text).unwrap(), (expected.to_owned(), Vec::new()));
    }

    #[test]
    fn what_is_not_set_is_nothing_and_noted() {
        assert_eq!(run("a$N${M}b").unwrap(), ("ab".to_owned(), vec!["M".into(), "N".into()]));
    }

    #[test]
    fn environment_files_know_operators_in_braces_only() {
        let env = BTreeMap::from([("V".to_owned(), "v".to_owned())]);
        assert_eq!(expand("$V-x ${N:-d}", &env).unwrap(), "v-x d");
    }

    #[rstest::rstest]
    #[case("${N:?say so}", "required variable N is not set: say so")]
    #[case("${E:?}", "required variable E is not set")]
    #[case("${N?gone}", "required variable N is not set: gone")]
    #[case("$N?gone", "required variable N is not set: gone")]
    #[case("${V", "`${V` has no closing brace")]
    #[case("cost $5", "`$5` is no variable reference; write `$$` for a `$`")]
    #[case("${}", "`${}` names no variable")]
    #[case("${V/a/b}", "`${V/a/b}` is no variable reference")]
    #[case("${V:}", "`${V:}` is no variable reference")]
    #[case("${N:-${V}}", "`${N:-${V}`: references do not nest")]
    fn refuses(#[case] text: &str, #[case] message: &str) {
        assert_eq!(run(text).unwrap_err(), message);
    }

    #[test]
    fn an_endless_text_makes_no_endless_message() {
        let message = run(&format!("${{{}", "x".repeat(100_000))).unwrap_err();
        assert!(message.len() < 200, "{}", message.len());
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
