//! Lists of texts.

use super::make::{list, text};
use crate::compose::command;
use crate::yaml::{At, Kind, Node, Problem, ProblemKind, Value};

/// Refuses an item that stands twice, as the format does where order means nothing.
pub(super) fn different(items: &[At<'_>]) -> Result<(), Problem> {
    let mut seen = std::collections::HashSet::new();
    for item in items {
        if let Value::Scalar(scalar) = &item.node.value
            && !seen.insert(&*scalar.text)
        {
            let what = format!("{:?} stands twice in the list", scalar.text);
            return Err(item.problem(ProblemKind::Conflict(what)));
        }
    }
    Ok(())
}

/// Texts; with `unique`, all of them different.
pub(super) fn texts(at: &At<'_>, unique: bool) -> Result<Node, Problem> {
    let items = at.items()?;
    let nodes = items.iter().map(|item| Ok(text(&item.node.place, item.text()?)));
    let nodes = nodes.collect::<Result<_, Problem>>()?;
    if unique {
        different(&items)?;
    }
    Ok(list(&at.node.place, nodes))
}

/// One text or several.
pub(super) fn text_or_texts(at: &At<'_>) -> Result<Node, Problem> {
    match &at.node.value {
        Value::Scalar(_) => Ok(list(&at.node.place, vec![text(&at.node.place, at.text()?)])),
        Value::List(_) | Value::Map(_) => texts(at, true),
    }
}

/// Texts and numbers, all as texts.
pub(super) fn texts_and_numbers(at: &At<'_>) -> Result<Node, Problem> {
    let items = at.items()?;
    let expected = "text or a number";
    let nodes = items.iter().map(|item| {
        let word = item.word()?.ok_or_else(|| item.expected(expected))?;
        Ok(text(&item.node.place, word))
    });
    let nodes = nodes.collect::<Result<_, Problem>>()?;
    different(&items)?;
    Ok(list(&at.node.place, nodes))
}

/// A command line as words.
pub(super) fn words(at: &At<'_>) -> Result<Node, Problem> {
    let words = match (&at.node.value, at.node.is_null()) {
        (Value::Scalar(_), true) => return Err(at.expected("a text or a list of texts")),
        _ => command(at)?,
    };
    let place = &at.node.place;
    // The words of a list stand where its items stand, those of a text where the text stands.
    let items: &[Node] = match &at.node.value {
        Value::List(items) if items.len() == words.len() => items,
        Value::List(_) | Value::Scalar(_) | Value::Map(_) => &[],
    };
    let mut places = items.iter().map(|item| &item.place);
    let words = words.into_iter().map(|word| text(places.next().unwrap_or(place), word));
    Ok(list(place, words.collect()))
}

/// The test of a health check: a text is for a shell.
pub(super) fn test(at: &At<'_>) -> Result<Node, Problem> {
    let Value::Scalar(scalar) = &at.node.value else { return texts(at, false) };
    if scalar.kind() != Kind::Text {
        return Err(at.expected("a text or a list of texts"));
    }
    let place = &at.node.place;
    Ok(list(place, vec![text(place, "CMD-SHELL"), text(place, at.text()?)]))
}
