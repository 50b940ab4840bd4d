//! From text to the tree.

use std::collections::HashMap;
use std::sync::Arc;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::budget::{BYTES, Budget, over};
use super::merge_key::fold_merge_keys;
use super::problem::ProblemKind::WrongType;
use super::{Entry, Kind, Node, Problem, ProblemKind, Scalar, Value};
use crate::Place;
use crate::text::Source;

/// Reads one YAML document. An empty document is null.
pub(crate) fn load(source: &Arc<Source>) -> Result<Node, Problem> {
    let start = Place::new(source, 1, 1);
    if source.text.len() > BYTES {
        return Err(over(&start, "file size in bytes", BYTES));
    }
    let parser = Parser::new_from_str(&source.text);
    let mut loader =
        Loader { source, events: parser, anchors: HashMap::new(), budget: Budget::new() };
    let mut root = None;
    while let Some((event, place)) = loader.next()? {
        match event {
            Event::DocumentStart(..) if root.is_some() => {
                let what = "more than one document in a file".to_owned();
                return Err(Problem::new(&place, "", ProblemKind::Unsupported(what)));
            }
            Event::StreamStart | Event::StreamEnd | Event::DocumentStart(..) => {}
            Event::DocumentEnd => {}
            event => root = Some(loader.node(event, place, 0)?),
        }
    }
    Ok(root.unwrap_or(Node { place: start, value: Value::Scalar(Scalar::new("", true)) }))
}

struct Loader<'a, I> {
    source: &'a Arc<Source>,
    events: I,
    anchors: HashMap<usize, (Node, usize, usize)>,
    budget: Budget,
}

impl<'a, I> Loader<'a, I>
where
    I: Iterator<Item = Result<(Event<'a>, Span), ScanError>>,
{
    /// The next event; the parser is built without those for comments.
    fn next(&mut self) -> Result<Option<(Event<'a>, Place)>, Problem> {
        match self.events.next() {
            None => Ok(None),
            Some(Ok((event, span))) => {
                let place = Place::new(self.source, span.start.line(), span.start.col() + 1);
                Ok(Some((event, place)))
            }
            Some(Err(error)) => {
                let at = error.marker();
                let place = Place::new(self.source, at.line(), at.col() + 1);
                Err(Problem::new(&place, "", ProblemKind::Syntax(error.info())))
            }
        }
    }

    fn inner(&mut self, place: &Place) -> Result<(Event<'a>, Place), Problem> {
        self.next()?.ok_or_else(|| {
            Problem::new(place, "", ProblemKind::Syntax("the file ends too early".to_owned()))
        })
    }

    fn node(&mut self, event: Event<'a>, place: Place, depth: usize) -> Result<Node, Problem> {
        self.budget.depth(depth, &place)?;
        self.budget.take(1, &place)?;
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                if text.contains('\0') {
                    let what = "a NUL byte".to_owned();
                    return Err(Problem::new(&place, "", ProblemKind::Unsupported(what)));
                }
                self.budget.text(text.len(), &place)?;
                let plain = style == ScalarStyle::Plain && !forced_text(tag.as_deref(), &place)?;
                (anchor, Value::Scalar(Scalar::new(text, plain)))
            }
            Event::SequenceStart(_, anchor, tag) => {
                forced_text(tag.as_deref(), &place)?;
                (anchor, Value::List(self.list(&place, depth)?))
            }
            Event::MappingStart(_, anchor, tag) => {
                forced_text(tag.as_deref(), &place)?;
                (anchor, Value::map(self.map(&place, depth)?))
            }
            Event::Alias(id) => {
                // An alias inside its own anchor finds nothing here: the anchor is not done yet.
                let Some((node, count, bytes)) = self.anchors.get(&id) else {
                    let what = "an alias to something that contains it".to_owned();
                    return Err(Problem::new(&place, "", ProblemKind::Unsupported(what)));
                };
                self.budget.take(*count, &place)?;
                self.budget.text(*bytes, &place)?;
                return Ok(node.clone());
            }
            other => {
                let what = format!("unexpected {other:?}");
                return Err(Problem::new(&place, "", ProblemKind::Syntax(what)));
            }
        };
        let node = Node { place, value };
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), node.count(), node.bytes()));
        }
        Ok(node)
    }

    fn list(&mut self, place: &Place, depth: usize) -> Result<Vec<Node>, Problem> {
        let mut items = Vec::new();
        loop {
            match self.inner(place)? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, place) => items.push(self.node(event, place, depth + 1)?),
            }
        }
    }

    fn map(&mut self, place: &Place, depth: usize) -> Result<Vec<Entry>, Problem> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut lines = HashMap::new();
        loop {
            let (event, place) = self.inner(place)?;
            if event == Event::MappingEnd {
                return fold_merge_keys(entries);
            }
            let key = self.node(event, place, depth + 1)?;
            // The command line takes texts only; `5:` is a number there.
            let text = match &key.value {
                Value::Scalar(scalar) if scalar.kind() == Kind::Text => scalar.text.clone(),
                Value::Scalar(scalar) => {
                    let hint = format!("put it in quotes: \"{}\"", scalar.text);
                    let kind = WrongType { found: key.describe(), expected: "a key".to_owned() };
                    return Err(Problem::new(&key.place, "", kind).hint(hint));
                }
                Value::List(_) | Value::Map(_) => {
                    let kind = WrongType { found: key.describe(), expected: "a key".to_owned() };
                    return Err(Problem::new(&key.place, "", kind));
                }
            };
            if let Some(first) = lines.insert(text.clone(), key.place.line()) {
                return Err(Problem::new(&key.place, &*text, ProblemKind::DuplicateKey { first }));
            }
            let (event, value_place) = self.inner(&key.place)?;
            let node = self.node(event, value_place, depth + 1)?;
            entries.push(Entry { key: text, place: key.place, node });
        }
    }
}

/// True for `!!str`; YAML's other own tags change nothing here, foreign tags are refused.
fn forced_text(tag: Option<&Tag>, place: &Place) -> Result<bool, Problem> {
    match tag {
        None => Ok(false),
        Some(tag) if tag.is_yaml_core_schema() && !tag.is_yaml_core_schema_tag("binary") => {
            Ok(tag.is_yaml_core_schema_tag("str"))
        }
        Some(tag) => {
            let what = format!("tag `{}`", tag.original());
            Err(Problem::new(place, "", ProblemKind::Unsupported(what)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::budget::NODES;
    use super::*;

    fn read(text: &str) -> Result<Node, Problem> {
        load(&Source::new("compose.yml", text))
    }

    #[test]
    fn every_node_knows_its_place() {
        let root = read("# c\na:\n  - x\n  - \"80\"\n").unwrap();
        let Value::List(items) = &root.get("a").unwrap().value else { panic!("no list") };
        assert_eq!(items[1].place.to_string(), "compose.yml:4:5");
        assert_eq!(items[1].value, Value::Scalar(Scalar::new("80", false)));
    }

    #[test]
    fn an_alias_is_what_it_stands_for() {
        let root = read("x: &x {a: 1}\ny: *x\n").unwrap();
        assert_eq!(root.get("x"), root.get("y"));
    }

    #[rstest::rstest]
    #[case::syntax("syntax", "a: [1, 2\nb: 3\n")]
    #[case::duplicate("duplicate", "a: 1\nb: 2\na: 3\n")]
    #[case::two_documents("two_documents", "a: 1\n---\nb: 2\n")]
    #[case::foreign_tag("foreign_tag", "a: !reset null\n")]
    #[case::unknown_alias("unknown_alias", "a: *nobody\n")]
    #[case::own_alias("own_alias", "a: &a [*a]\n")]
    #[case::key_is_a_list("key_is_a_list", "[1, 2]: 3\n")]
    #[case::tab("tab", "a:\n\tb: 1\n")]
    fn bad_yaml_is_named(#[case] name: &str, #[case] text: &str) {
        insta::assert_snapshot!(name, read(text).unwrap_err());
    }

    #[test]
    fn aliases_cannot_explode() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..9 {
            let p = n - 1;
            let items = vec![format!("*a{p}"); 10].join(", ");
            text.push_str(&format!("a{n}: &a{n} [{items}]\n"));
        }
        let error = read(&text).unwrap_err();
        assert!(matches!(error.kind, ProblemKind::Budget { limit: NODES, .. }), "{error}");
    }

    #[test]
    fn depth_and_size_are_limited() {
        let deep = format!("a: {}1{}", "[".repeat(80), "]".repeat(80));
        assert!(matches!(read(&deep).unwrap_err().kind, ProblemKind::Budget { limit: 64, .. }));
        let large = "#".repeat(BYTES + 1);
        assert!(matches!(read(&large).unwrap_err().kind, ProblemKind::Budget { limit: BYTES, .. }));
    }

    #[test]
    fn an_empty_file_is_nothing() {
        assert!(read("# nothing\n").unwrap().is_null());
        assert!(read("---\n").unwrap().is_null());
    }
}
