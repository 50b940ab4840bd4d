//! Which source a recipe comes from.

use std::path::{Path, PathBuf};

use cc_ci_model::sha256_hex;
use serde::{Deserialize, Serialize};

/// A recipe of a catalogue. What runs leave behind about it belongs to it and not to its name: a
/// folder or repository elsewhere can have the same name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceId {
    /// The catalogue's root, absolute and without links.
    root: PathBuf,
    /// The name under which the recipe is asked for there.
    name: String,
}

/// Digits of the hash in a file's name; 64 bits, so that two catalogues of one machine differ.
const DIGITS: usize = 16;

impl SourceId {
    /// The recipe `name` of the catalogue at `root`.
    #[must_use]
    pub fn catalogue(root: &Path, name: &str) -> Self {
        Self { root: root.to_owned(), name: name.to_owned() }
    }

    /// A short name for files: the same for the same source.
    #[must_use]
    pub fn key(&self) -> String {
        let mut text = self.root.as_os_str().as_encoded_bytes().to_vec();
        text.push(0);
        text.extend_from_slice(self.name.as_bytes());
        sha256_hex(&text)[..DIGITS].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_apart() {
        let id = |root: &str, name: &str| SourceId::catalogue(Path::new(root), name).key();
        assert_eq!(id("/a", "shop"), id("/a", "shop"));
        assert_ne!(id("/a", "shop"), id("/b", "shop"));
        assert_ne!(id("/a", "shop"), id("/a", "shop2"));
        assert_ne!(id("/ab", "c"), id("/a", "bc"));
        assert_eq!(id("/a", "shop").len(), DIGITS);
    }
}
