//! `checkpoint`: what the journal held when an attempt or the run ended, as one root.
//!
//! The file is the body of a checkpoint of C2SP (`tlog-checkpoint`): origin, number of records, root in base64,
//! each on a line. Signatures can be added behind it without a change of what is there.

use std::io;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cc_ci_model::RunId;

use crate::place;
use crate::tree::{Hash, Tree};

/// The file's name in a run's folder.
pub const CHECKPOINT: &str = "checkpoint";

/// The run, the number of its records and their root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// `cc-ci/<run>`.
    pub origin: String,
    /// Number of records.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The checkpoint of a run with this tree.
    #[must_use]
    pub fn of(run: &RunId, tree: &Tree) -> Self {
        Self { origin: format!("cc-ci/{run}"), size: tree.size(), root: tree.root() }
    }

    /// Reads the file of `folder`; nothing where there is none. A file that is no checkpoint is an error.
    ///
    /// # Errors
    /// The system's own, and [`io::ErrorKind::InvalidData`].
    pub fn read(folder: &Path) -> io::Result<Option<Self>> {
        let text = match std::fs::read_to_string(folder.join(CHECKPOINT)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let bad = || {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "this is not a checkpoint (origin, number of records and root)",
            )
        };
        Self::parse(&text).map(Some).ok_or_else(bad)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.split_inclusive('\n').map(|line| line.strip_suffix('\n'));
        let (origin, size, root) = (lines.next()??, lines.next()??, lines.next()??);
        let read = Self {
            origin: origin.to_owned(),
            size: size.parse().ok()?,
            root: STANDARD.decode(root).ok()?.try_into().ok()?,
        };
        // Each checkpoint has exactly one text. A file that says the same with other bytes is refused.
        (read.text() == text).then_some(read)
    }

    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Writes the file of `folder`, whole or not at all.
    ///
    /// # Errors
    /// The system's own.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        place::replace(folder, CHECKPOINT, self.text().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Checkpoint::read(folder.path()).unwrap(), None);
        let mut tree = Tree::default();
        tree.push([7; 32]);
        let written = Checkpoint::of(&RunId::new("r-1").unwrap(), &tree);
        written.write(folder.path()).unwrap();
        assert_eq!(Checkpoint::read(folder.path()).unwrap(), Some(written));
        let path = folder.path().join(CHECKPOINT);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "cc-ci/r-1\n1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n");
        for odd in ["", "cc-ci/r-1\n1\n", "cc-ci/r-1\n01\nBwcH\n", &format!("{text} ")] {
            std::fs::write(&path, odd).unwrap();
            assert!(Checkpoint::read(folder.path()).is_err(), "{odd}");
        }
    }
}
