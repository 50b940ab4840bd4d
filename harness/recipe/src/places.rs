//! Where the keys of a stack stand in its compose files.

use crate::Place;
use crate::yaml::{Node, Value};

/// Where the keys of a stack stand in its compose files. A key that several files have stands in
/// the last one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places(Option<Node>);

impl Places {
    pub(crate) fn new(root: Node) -> Self {
        Self(Some(root))
    }

    /// The place of the value that `keys` lead to, from the top of the file; an item of a list has
    /// its number, from 0. Where the last keys are absent, the place of what they would stand in.
    #[must_use]
    pub fn of<'a>(&self, keys: impl IntoIterator<Item = &'a str>) -> Option<Place> {
        let mut node = self.0.as_ref()?;
        let mut place = None;
        for key in keys {
            let next = match &node.value {
                Value::Map(entries) => {
                    let entry = entries.iter().find(|entry| entry.key == key);
                    entry.map(|entry| (&entry.place, &entry.node))
                }
                Value::List(items) => {
                    let item = key.parse().ok().and_then(|at: usize| items.get(at));
                    item.map(|item| (&item.place, item))
                }
                Value::Scalar(_) => None,
            };
            let Some((at, inner)) = next else { break };
            place = Some(at.clone());
            node = inner;
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;
    use crate::yaml::load;

    #[test]
    fn a_key_has_its_place_and_an_absent_one_that_of_its_parent() {
        let text = "services:\n  app:\n    labels: {a: b}\n    list:\n      - x\n      - y\n";
        let places = Places::new(load(&Source::new("compose.yml", text)).unwrap());
        let of = |keys: &str| places.of(keys.split(' ')).map(|place| place.to_string());
        let at = |place: &str| Some(format!("compose.yml:{place}"));
        assert_eq!(of("services app labels a"), at("3:14"));
        assert_eq!(of("services app list 1"), at("6:9"));
        assert_eq!(of("services app deploy labels"), at("2:3"));
        assert_eq!(of("services app labels a b"), at("3:14"));
        assert_eq!(of("volumes"), None);
        assert_eq!(Places::default().of(["services"]), None);
    }
}
