//! Where this machine gets crates from.

use std::collections::BTreeMap;
use std::path::Path;

use toml::{Table, Value};

/// The build argument that carries it: the text of a `config.toml` for cargo.
pub(super) const ARGUMENT: &str = "CARGO_CONFIG";

/// Build arguments that make cargo in a build look where cargo on this machine looks. Empty where
/// `config`, the user's `config.toml`, is not there or names no other source.
pub(super) fn arguments(config: Option<&Path>) -> BTreeMap<String, String> {
    // A file that cannot be read counts for nothing, as if it were not there: what the build then
    // cannot fetch, it says itself.
    let text = config.and_then(|path| std::fs::read_to_string(path).ok());
    let sources = text.and_then(|text| sources(&text));
    sources.map(|text| (ARGUMENT.to_owned(), text)).into_iter().collect()
}

/// The replacement of crates.io, and nothing else of the file: targets, linkers and aliases are
/// this machine's own.
fn sources(config: &str) -> Option<String> {
    let config: Table = config.parse().ok()?;
    let sources = config.get("source")?.as_table()?;
    let mut kept = Table::new();
    let mut name = "crates-io";
    while !kept.contains_key(name) {
        let source = sources.get(name)?.as_table()?;
        // Folders of this machine are not there inside a build.
        if source.contains_key("directory") || source.contains_key("local-registry") {
            return None;
        }
        kept.insert(name.to_owned(), Value::Table(source.clone()));
        match source.get("replace-with").and_then(Value::as_str) {
            Some(next) => name = next,
            None => break,
        }
    }
    toml::to_string(&Table::from_iter([("source".to_owned(), Value::Table(kept))])).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLACED: &str = "[source.crates-io]\nreplace-with = \"near\"\n\
                            [source.near]\nregistry = \"sparse+https://a.test/index/\"\n";

    #[test]
    fn hands_on_the_replacement_and_nothing_else() {
        let config =
            format!("[build]\ntarget-dir = \"/t\"\n{REPLACED}[source.other]\ndirectory = \"/v\"\n");
        let told: Table = sources(&config).unwrap().parse().unwrap();
        assert_eq!(told, REPLACED.parse::<Table>().unwrap());
    }

    #[rstest::rstest]
    #[case::no_sources("[net]\ngit-fetch-with-cli = true\n")]
    #[case::not_toml("[source\n")]
    #[case::a_folder("[source.crates-io]\nreplace-with = \"v\"\n[source.v]\ndirectory = \"/v\"\n")]
    #[case::nowhere("[source.crates-io]\nreplace-with = \"near\"\n")]
    fn hands_on_nothing_where_there_is_nothing(#[case] config: &str) {
        assert_eq!(sources(config), None);
    }

    #[test]
    fn a_circle_ends() {
        let config =
            "[source.crates-io]\nreplace-with = \"a\"\n[source.a]\nreplace-with = \"crates-io\"\n";
        assert!(sources(config).is_some());
    }

    #[test]
    fn a_file_that_is_not_there_is_no_argument() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        assert!(arguments(None).is_empty() && arguments(Some(&path)).is_empty());
        std::fs::write(&path, REPLACED).unwrap();
        assert_eq!(arguments(Some(&path)).keys().collect::<Vec<_>>(), [ARGUMENT]);
    }
}
