//! One line of an environment file.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::EnvError;
use super::interpolate::{expand, name_at};
use crate::Place;
use crate::text::Source;

/// An assignment as it was written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Assignment<'a> {
    pub(crate) name: &'a str,
    /// The value with its references replaced.
    pub(crate) value: String,
    /// What follows the value behind a `#`.
    pub(crate) comment: &'a str,
}

/// Reads line `number` (from 1); `None` for blank lines and comments.
///
/// Unquoted values end at the first ` #`; backticks are part of a value. References in unquoted
/// and double-quoted values are replaced from `env`, single-quoted values stay as they are.
pub(crate) fn read_line<'a>(
    source: &Arc<Source>,
    number: usize,
    line: &'a str,
    env: &BTreeMap<String, String>,
) -> Result<Option<Assignment<'a>>, EnvError> {
    let place = |part: &str| {
        // `part` is a slice of `line`, so the difference of addresses is its offset.
        let offset = (part.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
        let column = line.get(..offset).unwrap_or("").chars().count() + 1;
        Place::new(source, number, column)
    };
    let text = line.trim();
    if text.is_empty() || text.starts_with('#') {
        return Ok(None);
    }
    let text = match text.strip_prefix("export") {
        Some(rest) if rest.starts_with([' ', '\t']) => rest.trim_start(),
        _ => text,
    };
    if let Some(at) = line.find('\0') {
        return Err(EnvError::Nul { place: place(&line[at..]) });
    }
    let Some((name, rest)) = text.split_once('=') else {
        return Err(EnvError::NotAssignment { place: place(text) });
    };
    let name = name.trim_end();
    if name.is_empty() || name_at(name) != name {
        return Err(EnvError::BadName { place: place(text), name: name.to_owned() });
    }
    let rest = rest.trim_start();
    let reference = |raw: &str| {
        // In these files a backslash takes a `$` its meaning; compose files write `$$`.
        expand(&raw.replace("\\$", "$$"), env)
            .map_err(|message| EnvError::Reference { place: place(rest), message })
    };
    let (value, tail) = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let Some(end) = closing(&rest[1..], quote) else {
                return Err(EnvError::OpenQuote { place: place(rest), quote });
            };
            let (inside, tail) = (&rest[1..=end], &rest[end + 2..]);
            let value =
                if quote == '\'' { inside.to_owned() } else { unescape(&reference(inside)?) };
            (value, tail.trim_start())
        }
        _ => {
            let end = comment_start(rest);
            (reference(rest[..end].trim_end())?, rest[end..].trim_start())
        }
    };
    let comment = match tail.strip_prefix('#') {
        Some(comment) => comment.trim(),
        None if tail.is_empty() => "",
        None => return Err(EnvError::AfterQuote { place: place(tail), rest: tail.to_owned() }),
    };
    Ok(Some(Assignment { name, value, comment }))
}

/// Offset of the closing quote; in double quotes a backslash escapes.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let closes = c == quote && !escaped;
        escaped = quote == '"' && c == '\\' && !escaped;
        closes.then_some(at)
    })
}

fn comment_start(text: &str) -> usize {
    if text.starts_with('#') {
        return 0;
    }
    text.find(" #").into_iter().chain(text.find("\t#")).min().unwrap_or(text.len())
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some(c)) => out.push(c),
            (c, _) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str) -> Result<Option<(String, String, String)>, EnvError> {
        let env = BTreeMap::from([("V".to_owned(), "v".to_owned())]);
        let read = read_line(&Source::new(".env.sample", line), 1, line, &env)?;
        Ok(read.map(|a| (a.name.to_owned(), a.value, a.comment.to_owned())))
    }

    #[rstest::rstest]
    #[case::plain("A=b", "b", "")]
    #[case::export("  export A=b", "b", "")]
    #[case::blanks_around("A = b ", "b", "")]
    #[case::nothing("A=", "", "")]
    #[case::comment("A=v1 # length=32", "v1", "length=32")]
    #[case::only_comment("A= # nothing", "", "nothing")]
    #[case::hash_inside("A=b#c", "b#c", "")]
    #[case::double("A=\"b c\" # d", "b c", "d")]
    #[case::hash_in_quotes("A=\"b # c\"", "b # c", "")]
    #[case::single_keeps_references("A='$V `x`'", "$V `x`", "")]
    #[case::backticks("A=', `www.example.com`'", ", `www.example.com`", "")]
    #[case::unquoted_blanks("A=Host(`a`) || Host(`b`)", "Host(`a`) || Host(`b`)", "")]
    #[case::reference("A=$V:x", "v:x", "")]
    #[case::braces("A=\"${V}:x\"", "v:x", "")]
    #[case::unset_is_nothing("A=[$N]", "[]", "")]
    #[case::escapes("A=\"a\\\"b\\nc\\$V\"", "a\"b\nc$V", "")]
    fn reads(#[case] line: &str, #[case] value: &str, #[case] comment: &str) {
        let expected = ("A".to_owned(), value.to_owned(), comment.to_owned());
        assert_eq!(run(line).unwrap(), Some(expected));
    }

    #[rstest::rstest]
    #[case("")]
    #[case("   # A=b")]
    #[case("#A=b")]
    fn skips(#[case] line: &str) {
        assert_eq!(run(line).unwrap(), None);
    }

    #[rstest::rstest]
    #[case::no_assignment("not_assignment", "JUST_A_NAME")]
    #[case::bad_name("bad_name", "export 1A=b")]
    #[case::open_quote("open_quote", "A=\"b c")]
    #[case::after_quote("after_quote", "A='b'c")]
    #[case::reference("reference", "A=${V")]
    fn refuses(#[case] name: &str, #[case] line: &str) {
        insta::assert_snapshot!(name, run(line).unwrap_err());
    }
}
