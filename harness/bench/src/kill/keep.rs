//! The file that results are kept in, a line each, so that a bench can be continued.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::life::Life;
use super::row::Row;

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line {
    Life(Life),
    Kill(Row),
}

/// What is known so far, and where it is written down.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) lives: Vec<Life>,
    pub(super) rows: Vec<Row>,
    file: Option<File>,
}

impl Kept {
    /// Opens the file and reads what an earlier bench left there; without a file everything is only
    /// remembered. Half a line at the end is cut off: its bench was ended while it wrote.
    ///
    /// # Errors
    /// The file cannot be used, or a whole line of it is not a result.
    pub(super) fn open(path: Option<&Path>) -> io::Result<Self> {
        let mut kept = Self { lives: Vec::new(), rows: Vec::new(), file: None };
        let Some(path) = path else { return Ok(kept) };
        let file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
        let text = std::fs::read_to_string(path)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        for (index, line) in text[..whole].lines().enumerate() {
            let line = serde_json::from_str(line).map_err(|error| {
                io::Error::other(format!("line {}: not a result: {error}", index + 1))
            })?;
            match line {
                Line::Life(life) => kept.lives.push(life),
                Line::Kill(row) => kept.rows.push(row),
            }
        }
        file.set_len(u64::try_from(whole).unwrap_or(u64::MAX))?;
        kept.file = Some(file);
        Ok(kept)
    }

    pub(super) fn add_life(&mut self, life: Life) -> io::Result<()> {
        self.write(&Line::Life(life.clone()))?;
        self.lives.push(life);
        Ok(())
    }

    pub(super) fn add_row(&mut self, row: Row) -> io::Result<()> {
        self.write(&Line::Kill(row.clone()))?;
        self.rows.push(row);
        Ok(())
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut text = serde_json::to_vec(line).map_err(io::Error::other)?;
        text.push(b'\n');
        file.write_all(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::life::tests::life;
    use super::super::moment::Moment;
    use super::super::row::tests::row;
    use super::*;

    #[test]
    fn a_bench_goes_on_where_it_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kills.jsonl");
        let mut first = Kept::open(Some(&path)).unwrap();
        first.add_life(life("shop")).unwrap();
        first.add_row(row(Some(Moment::In(cc_ci_model::Tier::Backup)))).unwrap();
        drop(first);
        let torn = std::fs::read_to_string(&path).unwrap() + "{\"kind\":\"kil";
        std::fs::write(&path, torn).unwrap();

        let mut second = Kept::open(Some(&path)).unwrap();
        assert_eq!(second.lives, [life("shop")]);
        assert_eq!(second.rows, [row(Some(Moment::In(cc_ci_model::Tier::Backup)))]);
        second.add_row(row(None)).unwrap();
        assert_eq!(Kept::open(Some(&path)).unwrap().rows.len(), 2);
    }

    #[test]
    fn a_file_of_something_else_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "# Kills\n").unwrap();
        let said = Kept::open(Some(file.path())).unwrap_err().to_string();
        assert!(said.contains("line 1: not a result"), "{said}");
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "# Kills\n");
    }
}
