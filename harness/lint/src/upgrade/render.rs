//! The difference as text, for people.

use std::fmt;

use super::{Change, UpgradeDiff};

impl fmt::Display for UpgradeDiff {
    /// `+` new, `-` gone, `~` different; kinds without a change are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "nothing changes");
        }
        for (kind, changes) in self.kinds() {
            if changes.is_empty() {
                continue;
            }
            writeln!(f, "{kind}")?;
            for change in changes {
                writeln!(f, "  {change}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.old, &self.new) {
            (None, Some(new)) => write!(f, "+ {}: {}", self.name, line(new)),
            (Some(old), None) => write!(f, "- {}: {}", self.name, line(old)),
            (Some(old), Some(new)) => {
                write!(f, "~ {}: {} → {}", self.name, line(old), line(new))
            }
            (None, None) => write!(f, "  {}", self.name),
        }
    }
}

/// A value on one line, cut to a length that is still read.
fn line(value: &str) -> String {
    const WIDTH: usize = 120;
    if value.is_empty() {
        return "(empty)".to_owned();
    }
    let flat = value.replace('\n', "⏎");
    let cut: String = flat.chars().take(WIDTH).collect();
    if cut.len() < flat.len() { format!("{cut}…") } else { cut }
}
