//! Tells the program which commit it is built from: `CC_CI_COMMIT`, else the commit of the checkout. Outside of a
//! checkout it stays unknown.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-env-changed=CC_CI_COMMIT");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let given = env::var("CC_CI_COMMIT").ok().filter(|commit| !commit.is_empty());
    if let Some(commit) = given.or_else(|| of_checkout(&root)) {
        println!("cargo::rustc-env=CC_CI_COMMIT={commit}");
    }
}

/// The commit that is checked out in `root`, read from the files of git.
fn of_checkout(root: &Path) -> Option<String> {
    let dot_git = root.join(".git");
    // In a further work tree `.git` is a file that names the folder.
    let git = match fs::read_to_string(&dot_git) {
        Ok(text) => root.join(text.strip_prefix("gitdir:")?.trim()),
        Err(_) => dot_git,
    };
    let head = watched(&git.join("HEAD"))?;
    let Some(name) = head.trim().strip_prefix("ref: ") else { return Some(head.trim().to_owned()) };
    let common = fs::read_to_string(git.join("commondir"));
    let common = common.map_or_else(|_| git.clone(), |text| git.join(text.trim()));
    if let Some(commit) = watched(&common.join(name)) {
        return Some(commit.trim().to_owned());
    }
    let packed = watched(&common.join("packed-refs"))?;
    let line = packed.lines().find_map(|line| line.strip_suffix(name)?.strip_suffix(' '));
    line.map(str::to_owned)
}

/// The text of a file whose change makes this script run again.
fn watched(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    println!("cargo::rerun-if-changed={}", path.display());
    Some(text)
}
