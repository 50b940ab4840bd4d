//! Variable references in a whole compose file.

use std::collections::{BTreeMap, BTreeSet};

use super::interpolate::interpolate;
use crate::yaml::{At, Budget, Entry, Node, Problem, ProblemKind, Scalar, Value};

/// Replaces the references in every scalar, even where the values mean nothing (`x-…`). Keys stay
/// as they are.
pub(crate) fn interpolate_all(
    root: &Node,
    env: &BTreeMap<String, String>,
    unset: &mut BTreeSet<String>,
) -> Result<Node, Problem> {
    walk(&At::root(root), env, unset, &mut Budget::new())
}

fn walk(
    at: &At<'_>,
    env: &BTreeMap<String, String>,
    unset: &mut BTreeSet<String>,
    budget: &mut Budget,
) -> Result<Node, Problem> {
    let value = match &at.node.value {
        Value::Scalar(scalar) => {
            let text = interpolate(&scalar.raw, env, unset)
                .map_err(|message| at.problem(ProblemKind::Interpolation(message)))?;
            budget.text(text.len(), &at.node.place)?;
            Value::Scalar(Scalar { text, ..scalar.clone() })
        }
        Value::List(_) => {
            let items = at.items()?;
            Value::List(
                items
                    .iter()
                    .map(|item| walk(item, env, unset, budget))
                    .collect::<Result<_, _>>()?,
            )
        }
        Value::Map(entries) => Value::map(
            (entries.iter())
                .map(|entry| {
                    let node = walk(&at.child(&entry.key, &entry.node), env, unset, budget)?;
                    Ok(Entry { node, ..entry.clone() })
                })
                .collect::<Result<_, Problem>>()?,
        ),
    };
    Ok(Node { place: at.node.place.clone(), value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;
    use crate::yaml::load;

    fn run(text: &str) -> Result<Node, Problem> {
        let root = load(&Source::new("compose.yml", text)).unwrap();
        let env = BTreeMap::from([("V".to_owned(), "v".to_owned())]);
        interpolate_all(&root, &env, &mut BTreeSet::new())
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
