//! Settings of a suite that no file of the recipe reads: a setting with a slip in its name sets nothing.

use std::fs;
use std::path::Path;

use cc_ci_model::nearest;
use cc_ci_suite::{Places, Suite};

/// What abra and the harness read themselves.
const OURS: [&str; 8] = [
    "COMPOSE_FILE",
    "DOMAIN",
    "ENABLE_AUTO_UPDATE",
    "ENABLE_BACKUPS",
    "LETS_ENCRYPT_ENV",
    "STACK_NAME",
    "TIMEOUT",
    "TYPE",
];
/// A larger file is no text that reads a variable.
const LARGEST: u64 = 1 << 20;
/// Folders in folders; recipes have one or two.
const DEPTH: usize = 6;

/// The first setting whose name stands in no file below `folders`, those of all versions that are deployed:
/// its place, and what was probably meant of `known`.
pub(crate) fn setting<'a>(
    suite: &Suite,
    places: &Places,
    folders: &[&Path],
    known: impl Iterator<Item = &'a str>,
) -> Option<String> {
    let mut named = suite.settings.keys().filter(|name| !OURS.contains(&name.as_str()));
    let name = named.find(|name| !folders.iter().any(|folder| stands_in(folder, name, DEPTH)))?;
    let place = places.of_setting(name).map_or_else(String::new, |place| format!("{place}: "));
    let near = nearest(name, known.filter(|known| *known != name.as_str()));
    let near = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
    Some(format!("{place}settings.{name}: no file of the recipe reads {name}{near}"))
}

fn stands_in(folder: &Path, name: &str, depth: usize) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut entries = entries.filter_map(|entry| Some((entry.file_type().ok()?, entry)));
    entries.any(|(kind, entry)| {
        let path = entry.path();
        if kind.is_dir() {
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            return depth > 0 && !hidden && stands_in(&path, name, depth - 1);
        }
        let small = fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() <= LARGEST);
        small && fs::read(&path).is_ok_and(|bytes| has_word(&String::from_utf8_lossy(&bytes), name))
    })
}

/// True where `name` stands in `text` as a whole variable.
fn has_word(text: &str, name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(inner) && !after.starts_with(inner)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("a: ${SIZE:-1}", true)]
    #[case("SIZE=1", true)]
    #[case("{{ env \"SIZE\" }}", true)]
    #[case("MAX_SIZE=1", false)]
    #[case("SIZES=1", false)]
    fn a_name_is_a_whole_word(#[case] text: &str, #[case] found: bool) {
        assert_eq!(has_word(text, "SIZE"), found);
    }

    #[rstest::rstest]
    #[case::read("SIZE", None)]
    #[case::read_in_a_template("TITLE", None)]
    #[case::ours("COMPOSE_FILE", None)]
    #[case::slip(
        "SIEZ",
        Some("settings.SIEZ: no file of the recipe reads SIEZ; did you mean SIZE?")
    )]
    #[case::nothing_near("XYZ", Some("settings.XYZ: no file of the recipe reads XYZ"))]
    fn a_setting_that_sets_nothing_is_found(#[case] name: &str, #[case] said: Option<&str>) {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("1.0.0+1");
        fs::create_dir_all(folder.join("conf")).unwrap();
        fs::write(folder.join("compose.yml"), "a: ${SIZE}").unwrap();
        fs::write(folder.join("conf/app.tmpl"), "{{ env \"TITLE\" }}").unwrap();
        let suites = root.path().join("suites");
        fs::create_dir_all(suites.join("shop")).unwrap();
        let path = suites.join("shop/suite.toml");
        fs::write(&path, format!("schema = 1\n[settings]\n{name} = \"1\"\n")).unwrap();
        let suite = Suite::load(Some(&suites), "shop").unwrap();
        let places = Places::of(Some(&suites), "shop");
        let found = setting(&suite, &places, &[&folder], ["SIZE", "TITLE"].into_iter());
        assert_eq!(found, said.map(|said| format!("{}:3: {said}", path.display())));
    }
}
