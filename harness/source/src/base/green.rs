//! Which version of each recipe was green last, as runs leave it behind.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use cc_ci_model::{RecipeName, RunId, Version};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::LastGreen;
use crate::{Commit, SourceId};

/// Version of the format; a reader refuses a newer one.
const SCHEMA: u32 = 2;
/// The version before records belonged to a source: `<state>/green/<recipe>.json`. Only recipes of
/// the catalogue were meant by it.
const BEFORE_SOURCES: u32 = 1;

/// The records of the catalogue's recipes: `<state>/green/<recipe>-<key of the source>.json`.
#[derive(Debug, Clone)]
pub struct Greens {
    folder: PathBuf,
}

/// One record: a fact about one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    schema: u32,
    /// Where the recipe comes from; absent in the version before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<SourceId>,
    recipe: RecipeName,
    version: Version,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commit: Option<Commit>,
    /// The run in which it was green.
    run: RunId,
}

/// A record that cannot be used or written.
#[derive(Debug, Error)]
#[error("{} {what}: {reason}\n  hint: remove the file; the next green run writes it again", .path.display())]
pub struct GreenError {
    path: PathBuf,
    what: &'static str,
    reason: String,
}

impl Greens {
    /// The records below the state folder.
    #[must_use]
    pub fn new(state: &Path) -> Self {
        Self { folder: state.join("green") }
    }

    fn path(&self, source: &SourceId, recipe: &RecipeName) -> PathBuf {
        self.folder.join(format!("{recipe}-{}.json", source.key()))
    }

    /// The version of the source that was green last, if any was. Where the source has no record, that
    /// of the version before, which knew only names, is taken over.
    ///
    /// # Errors
    /// There is a record, but it cannot be read, is none, or belongs to another recipe.
    pub fn last(
        &self,
        source: &SourceId,
        recipe: &RecipeName,
    ) -> Result<Option<LastGreen>, GreenError> {
        let own = self.read(&self.path(source, recipe), SCHEMA, Some(source), recipe)?;
        match own {
            Some(green) => Ok(Some(green)),
            None => {
                let before = self.folder.join(format!("{recipe}.json"));
                self.read(&before, BEFORE_SOURCES, None, recipe)
            }
        }
    }

    fn read(
        &self,
        path: &Path,
        schema: u32,
        source: Option<&SourceId>,
        recipe: &RecipeName,
    ) -> Result<Option<LastGreen>, GreenError> {
        let unusable =
            |reason: String| GreenError { path: path.to_owned(), what: "cannot be read", reason };
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(error.to_string())),
        };
        let record: Record =
            serde_json::from_slice(&text).map_err(|error| unusable(error.to_string()))?;
        if record.schema != schema {
            return Err(unusable(format!("schema {} is not {schema}", record.schema)));
        }
        if record.source.as_ref() != source {
            return Err(unusable("it is about a recipe of another source".to_owned()));
        }
        if record.recipe != *recipe {
            return Err(unusable(format!("it is about {}", record.recipe)));
        }
        Ok(Some(LastGreen { version: record.version, commit: record.commit }))
    }

    /// Remembers that `green` was green in `run`. Whoever reads meanwhile sees the old record or the
    /// new one, never half of one.
    ///
    /// # Errors
    /// The disk is full or the folder cannot be written.
    pub fn remember(
        &self,
        source: &SourceId,
        recipe: &RecipeName,
        green: LastGreen,
        run: &RunId,
    ) -> Result<(), GreenError> {
        let path = self.path(source, recipe);
        let LastGreen { version, commit } = green;
        let (recipe, run, source) = (recipe.clone(), run.clone(), Some(source.clone()));
        let record = Record { schema: SCHEMA, source, recipe, version, commit, run };
        self.write(&path, &record).map_err(|error| GreenError {
            path,
            what: "cannot be written",
            reason: error.to_string(),
        })
    }

    fn write(&self, path: &Path, record: &Record) -> std::io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        serde_json::to_writer_pretty(&mut file, record)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(path).map(drop).map_err(|error| error.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> RecipeName {
        RecipeName::new("shop").unwrap()
    }

    fn source() -> SourceId {
        SourceId::catalogue(Path::new("/catalogue"), "shop")
    }

    fn green(version: &str) -> LastGreen {
        let commit = Commit::new("a".repeat(40)).ok();
        LastGreen { version: Version::new(version).unwrap(), commit }
    }

    #[test]
    fn the_last_one_counts() {
        let state = tempfile::tempdir().unwrap();
        let greens = Greens::new(state.path());
        assert_eq!(greens.last(&source(), &shop()).unwrap(), None);
        for version in ["1.1.0+2", "1.0.0+1"] {
            greens
                .remember(&source(), &shop(), green(version), &RunId::new("r1").unwrap())
                .unwrap();
            assert_eq!(greens.last(&source(), &shop()).unwrap(), Some(green(version)));
        }
        assert_eq!(greens.last(&source(), &RecipeName::new("other").unwrap()).unwrap(), None);
        let files: Vec<_> = fs::read_dir(state.path().join("green")).unwrap().collect();
        assert_eq!(files.len(), 1, "nothing half written is left: {files:?}");
    }

    #[test]
    fn another_source_of_the_same_name_has_no_record() {
        let state = tempfile::tempdir().unwrap();
        let greens = Greens::new(state.path());
        greens.remember(&source(), &shop(), green("1.0.0+1"), &RunId::new("r1").unwrap()).unwrap();
        let other = SourceId::catalogue(Path::new("/elsewhere"), "shop");
        assert_eq!(greens.last(&other, &shop()).unwrap(), None);
        // A record that is copied to another source's name is none of its own.
        let folder = state.path().join("green");
        let file = |source: &SourceId| folder.join(format!("shop-{}.json", source.key()));
        fs::copy(file(&source()), file(&other)).unwrap();
        let error = greens.last(&other, &shop()).unwrap_err().to_string();
        assert!(error.contains("it is about a recipe of another source"), "{error}");
    }

    #[test]
    fn a_record_of_the_version_before_is_taken_over() {
        let state = tempfile::tempdir().unwrap();
        let greens = Greens::new(state.path());
        fs::create_dir(state.path().join("green")).unwrap();
        let text = r#"{"schema":1,"recipe":"shop","version":"1.0.0+1","run":"r"}"#;
        fs::write(state.path().join("green/shop.json"), text).unwrap();
        let old = LastGreen { version: Version::new("1.0.0+1").unwrap(), commit: None };
        assert_eq!(greens.last(&source(), &shop()).unwrap(), Some(old));
        greens.remember(&source(), &shop(), green("1.1.0+2"), &RunId::new("r1").unwrap()).unwrap();
        assert_eq!(greens.last(&source(), &shop()).unwrap(), Some(green("1.1.0+2")));
        assert_eq!(fs::read_to_string(state.path().join("green/shop.json")).unwrap(), text);
    }

    #[rstest::rstest]
    #[case::not_json("{", "EOF")]
    #[case::newer(
        r#"{"schema":2,"recipe":"shop","version":"1.0.0+1","run":"r"}"#,
        "schema 2 is not 1"
    )]
    #[case::of_another(
        r#"{"schema":1,"recipe":"a","version":"1.0.0+1","run":"r"}"#,
        "it is about a"
    )]
    #[case::unknown_field(
        r#"{"schema":1,"recipe":"shop","version":"1.0.0+1","run":"r","green":true}"#,
        "unknown field `green`"
    )]
    fn a_record_that_is_none_is_named(#[case] text: &str, #[case] reason: &str) {
        let state = tempfile::tempdir().unwrap();
        let greens = Greens::new(state.path());
        fs::create_dir(state.path().join("green")).unwrap();
        fs::write(state.path().join("green/shop.json"), text).unwrap();
        let error = greens.last(&source(), &shop()).unwrap_err().to_string();
        assert!(error.contains("green/shop.json cannot be read"), "{error}");
        assert!(error.contains(reason) && error.contains("hint: remove the file"), "{error}");
        greens.remember(&source(), &shop(), green("1.0.0+1"), &RunId::new("r1").unwrap()).unwrap();
        assert_eq!(greens.last(&source(), &shop()).unwrap(), Some(green("1.0.0+1")));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let state = tempfile::tempdir().unwrap();
        fs::write(state.path().join("green"), "").unwrap();
        let greens = Greens::new(state.path());
        let run = RunId::new("r1").unwrap();
        let error = greens.remember(&source(), &shop(), green("1.0.0+1"), &run).unwrap_err();
        assert!(error.to_string().contains("green/shop-"), "{error}");
    }

    #[test]
    fn the_message_names_the_file_and_the_next_move() {
        let (path, reason) = (PathBuf::from("green/shop.json"), "schema 2 is not 1".to_owned());
        let error = GreenError { path, what: "cannot be read", reason };
        insta::assert_snapshot!(error.to_string(), @r"
        green/shop.json cannot be read: schema 2 is not 1
          hint: remove the file; the next green run writes it again
        ");
    }
}
