//! Which files there are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The most files of one recipe; a folder with more is no recipe.
const MOST: usize = 10_000;
/// Folders in folders; recipes have one or two.
const DEPTH: usize = 6;

/// The files below `folder`, relative to it. Links are not followed. Folders whose name begins with a dot
/// (`.git`) and files that cannot be read are left out.
pub(crate) fn listing(folder: &Path) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    let mut open = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((path, prefix, depth)) = open.pop() {
        let Ok(entries) = fs::read_dir(&path) else { continue };
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let name = entry.file_name().to_string_lossy().into_owned();
            let relative = format!("{prefix}{name}");
            if !kind.is_dir() {
                files.insert(relative);
            } else if depth < DEPTH && !name.starts_with('.') {
                open.push((entry.path(), format!("{relative}/"), depth + 1));
            }
            if files.len() >= MOST {
                return files;
            }
        }
    }
    files
}

/// True for the name of a compose file beside the others: `compose.yml`, `compose.mail.yml`. A file
/// in a folder of its own belongs to the recipe only where `COMPOSE_FILE` names it.
pub(crate) fn is_compose(path: &str) -> bool {
    let ending = path.ends_with(".yml") || path.ends_with(".yaml");
    path.starts_with("compose") && ending && !path.contains('/')
}
