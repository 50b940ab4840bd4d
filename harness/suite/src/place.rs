//! Where a suite says something, for errors that name a file and a line.

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::suite::{FLOOR, FLOOR_NAME};

/// The tables of a suite whose items have an `id`.
const NAMED: [&str; 3] = ["ready", "check", "canary"];

/// Finds places in the files of one recipe's suite, its own first.
#[derive(Debug)]
pub struct Places {
    files: Vec<(PathBuf, String)>,
}

impl Places {
    /// The files that [`Suite::load`](crate::Suite::load) reads, as far as they can be read.
    #[must_use]
    pub fn of(folder: Option<&Path>, recipe: &str) -> Self {
        let read = |path: PathBuf| Some((path.clone(), std::fs::read_to_string(path).ok()?));
        let own = folder.and_then(|folder| read(folder.join(recipe).join("suite.toml")));
        let floor = folder.and_then(|folder| read(folder.join("generic.toml")));
        let floor = floor.unwrap_or_else(|| (FLOOR_NAME.into(), FLOOR.to_owned()));
        Self { files: own.into_iter().chain([floor]).collect() }
    }

    /// The place of the ready probe, check or canary called `id`, as `suite.toml:7`: of the key or text in it
    /// that is or holds one of `words`, else of its id.
    #[must_use]
    pub fn of_item(&self, id: &str, words: &[&str]) -> Option<String> {
        self.find(|table| {
            let items = NAMED.iter().filter_map(|name| table.get(*name)?.get_ref().as_array());
            let item = items.flat_map(|items| items.iter()).find(|item| {
                let found = item.get_ref().as_table().and_then(|table| table.get("id"));
                found.is_some_and(|found| found.get_ref().as_str() == Some(id))
            })?;
            let inner = words.iter().find_map(|word| inside(item, word));
            let own = || item.get_ref().as_table()?.get("id").map(|id| id.span().start);
            inner.or_else(own)
        })
    }

    /// The place of the setting `name`.
    #[must_use]
    pub fn of_setting(&self, name: &str) -> Option<String> {
        self.find(|table| {
            let settings = table.get("settings")?.get_ref().as_table()?;
            settings.iter().find(|(key, _)| key.get_ref() == name).map(|(key, _)| key.span().start)
        })
    }

    fn find(&self, at: impl Fn(&DeTable<'_>) -> Option<usize>) -> Option<String> {
        self.files.iter().find_map(|(path, text)| {
            let table = DeTable::parse(text).ok()?;
            let line = line(text, at(table.get_ref())?);
            Some(format!("{}:{line}", path.display()))
        })
    }
}

/// The line of a position, counted from 1.
pub(crate) fn line(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count() + 1
}

/// Where `word` is a key of `value`, or part of a text in it.
fn inside(value: &Spanned<DeValue<'_>>, word: &str) -> Option<usize> {
    match value.get_ref() {
        DeValue::String(text) => text.contains(word).then(|| value.span().start),
        DeValue::Array(items) => items.iter().find_map(|item| inside(item, word)),
        DeValue::Table(table) => table.iter().find_map(|(key, value)| {
            if key.get_ref() == word { Some(key.span().start) } else { inside(value, word) }
        }),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "schema = 1
[settings]
SIZE = \"1\"

[[check]]
id = \"sells\"
tier = \"custom\"
probe = \"http\"
[check.with]
url = \"http://${domian}/\"
status = 200
";

    #[rstest::rstest]
    #[case::id("sells", &[], Some(6))]
    #[case::text("sells", &["${domian}"], Some(10))]
    #[case::key("sells", &["status"], Some(11))]
    #[case::first_word_that_is_there("sells", &["nothing", "status"], Some(11))]
    #[case::no_such("buys", &[], None)]
    fn a_check_has_a_line(#[case] id: &str, #[case] words: &[&str], #[case] line: Option<usize>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop/suite.toml");
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        std::fs::write(&path, OWN).unwrap();
        let places = Places::of(Some(folder.path()), "shop");
        let expected = line.map(|line| format!("{}:{line}", path.display()));
        assert_eq!(places.of_item(id, words), expected);
        assert_eq!(places.of_setting("SIZE").unwrap(), format!("{}:3", path.display()));
        assert_eq!(places.of_setting("SIZES"), None);
    }

    #[test]
    fn the_floor_has_lines_too() {
        let floor = crate::Suite::load(None, "shop").unwrap();
        let place = Places::of(None, "shop").of_item(floor.ready[0].id.as_str(), &[]).unwrap();
        assert!(place.starts_with("suites/generic.toml:"), "{place}");
    }
}
