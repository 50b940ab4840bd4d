//! What changed in a work tree, as the real `git` says it.

use std::fs;
use std::path::PathBuf;

use cc_ci_source::SourceError;

use crate::bench::{Bench, program};

#[tokio::test]
async fn changed_new_removed_and_unknown_files_are_found_below_the_folder() {
    let bench = Bench::new();
    fs::create_dir(bench.repo.join("root")).unwrap();
    for file in ["kept", "changed", "removed", "elsewhere"] {
        let folder = if file == "elsewhere" { "" } else { "root/" };
        bench.commit(&format!("{folder}{file}"), "old\n");
    }
    bench.git(&["tag", "before"]);
    bench.commit("root/new in a commit", "new\n");
    let root = bench.repo.join("root");
    fs::write(root.join("changed"), "new\n").unwrap();
    fs::write(root.join("not added"), "new\n").unwrap();
    fs::write(bench.repo.join("elsewhere"), "new\n").unwrap();
    fs::remove_file(root.join("removed")).unwrap();
    let paths = program().changed_since(&root, "before").await.unwrap();
    let expected = ["changed", "new in a commit", "not added", "removed"].map(PathBuf::from);
    assert_eq!(paths.into_iter().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn what_is_no_commit_or_no_repository_is_refused() {
    let bench = Bench::with_releases();
    for since in ["nowhere", "--output=x", ""] {
        let error = program().changed_since(&bench.repo, since).await.unwrap_err();
        assert!(matches!(error, SourceError::NoReference { .. }), "{error}");
    }
    assert!(!bench.repo.join("x").exists());
    let outside = tempfile::tempdir().unwrap();
    let error = program().changed_since(outside.path(), "main").await.unwrap_err();
    assert!(matches!(error, SourceError::NotRepository { .. }), "{error}");
}
