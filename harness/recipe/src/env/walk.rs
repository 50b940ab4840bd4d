//! Variable references in a whole compose file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::interpolate::interpolate;
use crate::yaml::{Budget, Node, Problem, ProblemKind, Value};

/// Replaces the references in every scalar, also where the values have no effect (`x-…`). Keys stay as they
/// are.
pub(crate) fn interpolate_all(
    mut root: Node,
    env: &BTreeMap<String, String>,
    unset: &mut BTreeSet<String>,
) -> Result<Node, Problem> {
    let mut walk = Walk { env, unset, budget: Budget::new() };
    walk.node(&mut root, &Path::Root)?;
    Ok(root)
}

/// The keys that lead to a node. They become a text only where something is wrong.
enum Path<'a> {
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

struct Walk<'a> {
    env: &'a BTreeMap<String, String>,
    unset: &'a mut BTreeSet<String>,
    budget: Budget,
}

impl Walk<'_> {
    fn node(&mut self, node: &mut Node, path: &Path<'_>) -> Result<(), Problem> {
        let place = &node.place;
        match &mut node.value {
            Value::Scalar(scalar) => {
                if scalar.raw.contains('$') {
                    let text = interpolate(&scalar.raw, self.env, self.unset);
                    let text = text.map_err(|message| {
                        Problem::new(place, path.to_string(), ProblemKind::Interpolation(message))
                    })?;
                    scalar.text = text.into();
                }
                self.budget.text(scalar.text.len(), place)?;
            }
            Value::List(items) => {
                for (number, item) in items.iter_mut().enumerate() {
                    self.node(item, &Path::Item(path, number))?;
                }
            }
            Value::Map(entries) => {
                for entry in Arc::make_mut(entries) {
                    self.node(&mut entry.node, &Path::Key(path, &entry.key))?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;
    use crate::yaml::{At, load};

    fn run(text: &str) -> Result<Node, Problem> {
        let root = load(&Source::new("compose.yml", text)).unwrap();
        let env = BTreeMap::from([("V".to_owned(), "v".to_owned())]);
        interpolate_all(root, &env, &mut BTreeSet::new())
    }

    #[test]
    fn every_value_is_interpolated_and_no_key() {
        let text = "x-a: &a \"$V\"\n$V: 1\nservices: {app: {image: *a}}\n";
        let root = run(text).unwrap();
        let image = root.get("services").unwrap().get("app").unwrap().get("image").unwrap();
        assert_eq!(At::root(image).text().unwrap(), "v");
        assert_eq!(At::root(root.get("x-a").unwrap()).text().unwrap(), "v");
        assert!(root.get("$V").is_some());
    }

    #[test]
    fn a_bad_reference_says_where() {
        let text = "services:\n  app:\n    command: [\"sh\", \"-c\", \"echo ${N:?set N}\"]\n";
        insta::assert_snapshot!(run(text).unwrap_err(), @r#"
        compose.yml:3:27: services.app.command[2]: required variable N is not set: set N
          3 |     command: ["sh", "-c", "echo ${N:?set N}"]
            |                           ^
        "#);
    }
}
