//! Writes the list of the catalogue's files with their bytes and modes as Rust source.

use std::fmt::Write as _;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The folders of a catalogue root.
const FOLDERS: [&str; 2] = ["recipes", "suites"];

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let root = manifest.join("../..").canonicalize()?;
    let mut files = Vec::new();
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed={}", root.join(folder).display());
        collect(&root.join(folder), &mut files)?;
    }
    files.sort();
    let mut source = String::from("&[\n");
    for path in files {
        let name = path.strip_prefix(&root).map_err(io::Error::other)?;
        let executable = fs::metadata(&path)?.permissions().mode() & 0o111 != 0;
        let _ = writeln!(
            source,
            "    File {{ path: {:?}, bytes: include_bytes!({:?}), executable: {executable} }},",
            text(name)?,
            text(&path)?,
        );
    }
    source.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("files.rs"), source)
}

/// Every file below `folder`. A link would be another file on another machine, so it is refused.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        match (kind.is_dir(), kind.is_file()) {
            (true, _) => collect(&entry.path(), files)?,
            (_, true) => files.push(entry.path()),
            (false, false) => {
                let message = format!("{} is no plain file", entry.path().display());
                return Err(io::Error::other(message));
            }
        }
    }
    Ok(())
}

fn text(path: &Path) -> io::Result<&str> {
    path.to_str().ok_or_else(|| io::Error::other(format!("{} is no text", path.display())))
}
