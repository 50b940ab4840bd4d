//! Reads fixtures: small recipes in one text file.
//!
//! `== fail`, `== pass` or `== unchecked: <reason>` begins a case, `-- <path>` a file of it.
//! `old/<path>` belongs to the version that is upgraded from, `tags` lists git tags (`name` or
//! `name lightweight`), `version` is the version's name, and `expect` what the rule finds.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cc_ci_lint::{LintReport, Subject, Tag, lint};
use cc_ci_model::StackName;
use cc_ci_recipe::{Files, Instance};

/// A case of a fixture.
pub(crate) struct Case {
    /// `fail`, `pass` or `unchecked: <reason>`.
    pub(crate) kind: String,
    pub(crate) files: BTreeMap<String, String>,
}

pub(crate) fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut file = None;
    for line in text.lines() {
        if let Some(kind) = line.strip_prefix("== ") {
            cases.push(Case { kind: kind.to_owned(), files: BTreeMap::new() });
            file = None;
        } else if let Some(path) = line.strip_prefix("-- ") {
            let case = cases.last_mut().expect("a case begins before its files");
            case.files.insert(path.to_owned(), String::new());
            file = Some(path.to_owned());
        } else if let (Some(case), Some(file)) = (cases.last_mut(), &file) {
            let text = case.files.get_mut(file).expect("the file was begun");
            text.push_str(line);
            text.push('\n');
        }
    }
    cases
}

impl Case {
    /// Lints the case's recipe.
    pub(crate) fn lint(&self) -> LintReport {
        let folder = tempfile::tempdir().expect("a folder");
        let (new, old) = (folder.path().join("new"), folder.path().join("old"));
        fs::create_dir(&new).expect("a folder");
        let notes = ["expect", "tags", "version"];
        for (path, text) in self.files.iter().filter(|(path, _)| !notes.contains(&path.as_str())) {
            let root = if path.starts_with("old/") { folder.path() } else { &new };
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let tags: Option<Vec<Tag>> = self.files.get("tags").map(|text| {
            let tag = |line: &str| Tag {
                name: line.split(' ').next().unwrap_or_default().to_owned(),
                annotated: !line.ends_with(" lightweight"),
            };
            text.lines().map(tag).collect()
        });
        let files = read(&new);
        let older = old.exists().then(|| read(&old));
        let mut report = lint(&Subject {
            recipe: "shop",
            version: self.files.get("version").map(|text| text.trim()),
            files: &files,
            older: older.as_ref().map(|files| ("1.0.0+1.0", files)),
            tags: tags.as_deref(),
        });
        report.folder = "shop".to_owned();
        report
    }
}

pub(crate) fn read(folder: &Path) -> Files {
    let stack = StackName::new("shop-abc123").expect("a name");
    let settings = BTreeMap::new();
    Files::read(folder, &Instance { stack: &stack, domain: "shop.test", settings: &settings })
}
