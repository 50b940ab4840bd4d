//! Names with texts.

use super::lists::different;
use super::make::{entry, list, map, nothing, text};
use crate::yaml::{At, Entry, Node, Problem, Value};

/// Names and texts in either form, as a mapping; `None` becomes what `absent` makes of it. Of a
/// name that stands twice in a list the later text counts.
fn pairs(at: &At<'_>, absent: fn(&crate::Place) -> Node) -> Result<Node, Problem> {
    let mut entries: Vec<Entry> = Vec::new();
    match &at.node.value {
        Value::List(_) => {
            let items = at.items()?;
            for item in &items {
                let (name, value) = match item.text()?.split_once('=') {
                    Some((name, value)) => (name, text(&item.node.place, value)),
                    None => (item.text()?, absent(&item.node.place)),
                };
                if name.is_empty() {
                    return Err(item.bad(item.text()?, "NAME=value"));
                }
                match entries.iter_mut().find(|entry| entry.is(name)) {
                    Some(earlier) => *earlier = entry(name, value),
                    None => entries.push(entry(name, value)),
                }
            }
            different(&items)?;
        }
        Value::Map(_) => {
            for (entry, at) in at.children()? {
                let node = match at.word()? {
                    Some(word) => text(&at.node.place, word),
                    None => absent(&at.node.place),
                };
                entries.push(entry.with(node));
            }
        }
        Value::Scalar(_) => return Err(at.expected("a list of NAME=value or a mapping")),
    }
    Ok(map(&at.node.place, entries))
}

/// Labels and the like: a name without text has the empty one.
pub(super) fn labels(at: &At<'_>) -> Result<Node, Problem> {
    pairs(at, |place| text(place, ""))
}

/// A name without text stays one.
pub(super) fn args(at: &At<'_>) -> Result<Node, Problem> {
    pairs(at, nothing)
}

/// Options of a driver; with `loose` a value may be null.
pub(super) fn options(at: &At<'_>, loose: bool) -> Result<Node, Problem> {
    for (_, _, at) in at.entries()? {
        if !loose && at.node.is_null() {
            return Err(at.expected("text or a number"));
        }
    }
    labels(at)
}

/// Further hosts, as a list of `name:address`. A mapping's come in the order of their names.
pub(super) fn hosts(at: &At<'_>) -> Result<Node, Problem> {
    let expected = "a host such as name:10.0.0.1";
    let line = |at: &At<'_>, name: &str, address: &str| {
        let address = address.trim_start_matches('[').trim_end_matches(']');
        if name.is_empty() || address.is_empty() {
            return Err(at.bad(&format!("{name}:{address}"), expected));
        }
        Ok(text(&at.node.place, format!("{name}:{address}")))
    };
    if let Value::Map(_) = &at.node.value {
        let mut entries = at.entries()?;
        entries.sort_by_key(|(name, ..)| *name);
        let lines = entries.iter().map(|(name, _, at)| {
            let address = at.word()?.ok_or_else(|| at.expected("an address"))?;
            line(at, name, &address)
        });
        return Ok(list(&at.node.place, lines.collect::<Result<_, Problem>>()?));
    }
    let items = at.items()?;
    let lines = items.iter().map(|item| {
        let text = item.text()?;
        let (name, address) =
            text.split_once(['=', ':']).ok_or_else(|| item.bad(text, expected))?;
        line(item, name, address)
    });
    let lines = lines.collect::<Result<_, Problem>>()?;
    different(&items)?;
    Ok(list(&at.node.place, lines))
}
