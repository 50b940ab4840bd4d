//! Merge keys: `<<: *defaults`.

use super::{Entry, Node, Problem, ProblemKind, Value};

/// Replaces a `<<` entry by the entries of the mappings it names. Keys that the mapping has
/// itself win; of several mappings the earlier one wins.
pub(crate) fn fold_merge_keys(entries: Vec<Entry>) -> Result<Vec<Entry>, Problem> {
    if !entries.iter().any(|entry| entry.is("<<")) {
        return Ok(entries);
    }
    let (merges, mut own): (Vec<_>, Vec<_>) = entries.into_iter().partition(|e| e.is("<<"));
    for merge in merges {
        let sources = match merge.node.value {
            Value::List(items) => items,
            value => vec![Node { place: merge.node.place, value }],
        };
        for source in sources {
            let found = source.describe();
            let Value::Map(inherited) = source.value else {
                let expected = "a mapping or a list of mappings".to_owned();
                let kind = ProblemKind::WrongType { found, expected };
                return Err(Problem::new(&source.place, "<<", kind));
            };
            for entry in inherited.iter().cloned() {
                if !own.iter().any(|present| present.key == entry.key) {
                    own.push(entry);
                }
            }
        }
    }
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::super::load;
    use crate::text::Source;

    fn keys(text: &str) -> Vec<(String, String)> {
        let root = load(&Source::new("f", text)).unwrap();
        let super::Value::Map(entries) = &root.get("y").unwrap().value else { panic!("no map") };
        entries.iter().map(|e| (e.key.to_string(), e.node.describe())).collect()
    }

    #[test]
    fn own_keys_win_and_earlier_mappings_win() {
        let text = "x: &x {a: x, b: x}\nz: &z {a: z, b: z, c: z}\ny: {<<: [*x, *z], a: own}\n";
        let pairs = keys(text);
        let expected = [("a", "\"own\""), ("b", "\"x\""), ("c", "\"z\"")];
        let expected = expected.map(|(k, v)| (k.to_owned(), format!("the text {v}")));
        assert_eq!(pairs, expected);
    }

    #[test]
    fn merging_a_scalar_is_refused() {
        let error = load(&Source::new("f", "y:\n  <<: 5\n")).unwrap_err();
        insta::assert_snapshot!(error, @r"
        f:2:7: <<: found the number 5, expected a mapping or a list of mappings
          2 |   <<: 5
            |       ^
        ");
    }
}
