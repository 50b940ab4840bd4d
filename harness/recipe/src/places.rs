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
                    let entry = entries.iter().find(|entry| entry.is(key));
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

impl Node {
    /// The place of the key or item that a path such as `services.app.ports[0]` leads to. Keys may
    /// hold dots. `None` where the path does not lead through the tree.
    #[must_use]
    pub fn locate(&self, path: &str) -> Option<&Place> {
        match &self.value {
            Value::Map(entries) => entries.iter().find_map(|entry| {
                let rest = path.strip_prefix(&*entry.key)?;
                if rest.is_empty() {
                    return Some(&entry.place);
                }
                let rest = rest.strip_prefix('.').or(rest.starts_with('[').then_some(rest))?;
                entry.node.locate(rest)
            }),
            Value::List(items) => {
                let (number, rest) = path.strip_prefix('[')?.split_once(']')?;
                let item = items.get(number.parse::<usize>().ok()?)?;
                let inner = item.locate(rest.strip_prefix('.').unwrap_or(rest));
                inner.or(Some(&item.place))
            }
            Value::Scalar(_) => None,
        }
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

    #[rstest::rstest]
    #[case::key("services.a.b.list", "1:20")]
    #[case::item("services.a.b.list[1]", "1:33")]
    #[case::key_of_an_item("services.a.b.list[1].k", "1:34")]
    #[case::absent("services.a.c", "-")]
    #[case::beyond("services.a.b.list[7]", "-")]
    fn a_path_is_followed_through_keys_with_dots(#[case] path: &str, #[case] place: &str) {
        let root = load(&Source::new("f", "services: {a.b: {  list: [x,    {k: v}]}}\n")).unwrap();
        let found = root.locate(path).map(|at| format!("{}:{}", at.line(), at.column()));
        assert_eq!(found.as_deref().unwrap_or("-"), place);
    }
}
