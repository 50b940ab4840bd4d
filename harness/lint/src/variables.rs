//! References to variables in the texts of compose files, as they were written.

use std::fmt;

use cc_ci_recipe::{Node, Place, Scalar, Value};

/// A reference such as `$NAME` or `${NAME:-default}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    pub(crate) name: &'a str,
    /// `-`, `+` or `?`, the operator in braces, without its colon.
    pub(crate) operator: Option<char>,
    /// What stands behind the operator.
    pub(crate) word: &'a str,
}

/// The references in `raw` in their order. `$$` is none.
pub(crate) fn references(raw: &str) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    let mut rest = raw;
    while let Some(at) = rest.find('$') {
        let tail = &rest[at + 1..];
        if let Some(escaped) = tail.strip_prefix('$') {
            rest = escaped;
            continue;
        }
        let braced = tail.starts_with('{');
        let tail = tail.strip_prefix('{').unwrap_or(tail);
        let begins = tail.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let end = tail.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (name, after) = tail.split_at(if begins { end.unwrap_or(tail.len()) } else { 0 });
        rest = after;
        if name.is_empty() {
            continue;
        }
        // Without braces the default reaches to the next closing brace, or to the end.
        let (inside, behind) = after.split_once('}').unwrap_or((after, ""));
        let inside = inside.strip_prefix(':').unwrap_or(inside);
        let operators = if braced { "-+?" } else { "-?" };
        let operator = inside.chars().next().filter(|c| operators.contains(*c));
        if operator.is_some() {
            rest = behind;
        }
        let word = if operator.is_some() { &inside[1..] } else { "" };
        found.push(Reference { name, operator, word });
    }
    found
}

/// The keys that lead to a value, as `services.app.ports[0]` when they are shown.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(Self::Root, key) => f.write_str(key),
            Self::Key(parent, key) => write!(f, "{parent}.{key}"),
            Self::Item(parent, number) => write!(f, "{parent}[{number}]"),
        }
    }
}

/// Calls `tell` for every scalar below `node` that was written with a `$`.
pub(crate) fn each_reference(node: &Node, tell: &mut impl FnMut(&Path<'_>, &Scalar, &Place)) {
    walk(node, &Path::Root, tell);
}

fn walk(node: &Node, path: &Path<'_>, tell: &mut impl FnMut(&Path<'_>, &Scalar, &Place)) {
    match &node.value {
        Value::Scalar(scalar) if scalar.raw.contains('$') => tell(path, scalar, &node.place),
        Value::Scalar(_) => {}
        Value::List(items) => {
            for (number, item) in items.iter().enumerate() {
                walk(item, &Path::Item(path, number), tell);
            }
        }
        Value::Map(entries) => {
            for entry in entries.iter() {
                walk(&entry.node, &Path::Key(path, &entry.key), tell);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("a-$V.b", "V")]
    #[case("$V-alpine $W", "V - alpine $W")]
    #[case("$V:80", "V")]
    #[case("${A}${B:-x}${C-y}${D:?z}${E+w}", "A|B - x|C - y|D ? z|E + w")]
    #[case("$$V $${V}", "")]
    #[case("anna:$apr1$abc$def", "apr1|abc|def")]
    #[case("cost $5 $ $(id)", "")]
    #[case("${", "")]
    #[case("${A", "A")]
    fn finds(#[case] raw: &str, #[case] expected: &str) {
        let shown: Vec<String> = (references(raw).iter())
            .map(|r| match r.operator {
                Some(operator) => format!("{} {operator} {}", r.name, r.word),
                None => r.name.to_owned(),
            })
            .collect();
        assert_eq!(shown.join("|"), expected);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "[$A{}:?+-]{0,12}|\\PC{0,12}") {
            let _ = references(&text);
        }
    }
}
