//! What a build sees.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::ImageError;
use super::manifest::FILE;

/// Name in the context of the machine's CA bundle; an empty file where the machine has none.
pub(super) const CA_BUNDLE: &str = "ca-certificates.crt";

/// The files of an image's folder, by relative path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Context {
    pub(super) files: BTreeMap<String, File>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) bytes: Vec<u8>,
    pub(super) executable: bool,
}

impl Context {
    /// Reads an image's folder. The manifest is not part of it: a new tag is no reason to build
    /// the others again.
    pub(super) fn read(folder: &Path) -> Result<Self, ImageError> {
        let mut context = Self::default();
        context.add(folder, "")?;
        Ok(context)
    }

    fn add(&mut self, folder: &Path, prefix: &str) -> Result<(), ImageError> {
        for entry in std::fs::read_dir(folder).map_err(ImageError::read(folder))? {
            let path = entry.map_err(ImageError::read(folder))?.path();
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            let name = format!("{prefix}{file}");
            let meta = path.metadata().map_err(ImageError::read(&path))?;
            if meta.is_dir() {
                self.add(&path, &format!("{name}/"))?;
            } else if name != FILE {
                let bytes = std::fs::read(&path).map_err(ImageError::read(&path))?;
                let executable = meta.permissions().mode() & 0o111 != 0;
                self.files.insert(name, File { bytes, executable });
            }
        }
        Ok(())
    }

    /// The context as the engine takes it, with the machine's CA bundle in it.
    ///
    /// The bundle says how a build reaches the network, not what it makes, so it is no input: it
    /// is added here and not in [`Context::read`].
    pub(super) fn archive(&self, ca_bundle: &[u8]) -> io::Result<Vec<u8>> {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, file) in &self.files {
            append(&mut archive, name, &file.bytes, file.executable)?;
        }
        append(&mut archive, CA_BUNDLE, ca_bundle, false)?;
        archive.into_inner()
    }
}

fn append(
    archive: &mut tar::Builder<Vec<u8>>,
    name: &str,
    bytes: &[u8],
    executable: bool,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(if executable { 0o755 } else { 0o644 });
    header.set_mtime(0);
    archive.append_data(&mut header, name, bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("conf")).unwrap();
        for name in ["Dockerfile", FILE, "conf/a.conf", "run.sh"] {
            std::fs::write(at(name), name).unwrap();
        }
        std::fs::set_permissions(at("run.sh"), PermissionsExt::from_mode(0o755)).unwrap();
        folder
    }

    #[test]
    fn has_every_file_but_the_manifest() {
        let context = Context::read(folder().path()).unwrap();
        let told: Vec<_> = context.files.iter().map(|(n, f)| (n.as_str(), f.executable)).collect();
        assert_eq!(told, [("Dockerfile", false), ("conf/a.conf", false), ("run.sh", true)]);
    }

    #[test]
    fn the_archive_carries_the_bundle_and_the_modes() {
        let bytes = Context::read(folder().path()).unwrap().archive(b"PEM").unwrap();
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut told = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().display().to_string();
            let mode = entry.header().mode().unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            told.push(format!("{name} {mode:o} {text}"));
        }
        assert_eq!(
            told,
            [
                "Dockerfile 644 Dockerfile",
                "conf/a.conf 644 conf/a.conf",
                "run.sh 755 run.sh",
                "ca-certificates.crt 644 PEM"
            ]
        );
    }
}
