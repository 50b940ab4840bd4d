//! A repository runs nothing, changes nothing on its way to the disk and leads nowhere else.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::bench::{Bench, compose};
use cc_ci_model::StackName;
use cc_ci_recipe::{Instance, RecipeError};

#[tokio::test]
async fn attributes_and_filters_change_no_byte() {
    let bench = Bench::new();
    let attributes = "* text eol=crlf ident\n*.bin filter=lfs\n*.txt working-tree-encoding=UTF-16\nhidden export-ignore\n";
    bench.commit(".gitattributes", attributes);
    fs::write(bench.repo.join("hidden"), "$Id$\nline\n").unwrap();
    bench.commit("compose.yml", &compose("1.0.0+1", "a"));
    let marker = bench.folder.path().join("filter-ran");
    let smudge = format!("touch {}", marker.display());
    bench.git(&["config", "filter.lfs.smudge", &smudge]);
    bench.commit("data.bin", "pointer\n");
    let opened = bench.open("#main").await.unwrap();
    opened.recipe(&bench.scratch("r"), &[&opened.head]).await.unwrap();
    let folder = bench.scratch("r").join("shop").join(opened.head.version.as_str());
    for (file, text) in [("hidden", "$Id$\nline\n"), ("data.bin", "pointer\n")] {
        assert_eq!(fs::read_to_string(folder.join(file)).unwrap(), text);
    }
    assert!(!marker.exists(), "a filter ran");
}

#[tokio::test]
async fn hooks_do_not_run() {
    let bench = Bench::with_releases();
    let marker = bench.folder.path().join("hook-ran");
    let script = format!("#!/bin/sh\ntouch {}\n", marker.display());
    for hook in
        ["post-checkout", "reference-transaction", "post-index-change", "fsmonitor-watchman"]
    {
        let path = bench.repo.join(".git/hooks").join(hook);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let watchman = bench.repo.join(".git/hooks/fsmonitor-watchman").display().to_string();
    bench.git(&["config", "core.fsmonitor", &watchman]);
    // The bench's own git runs them; what counts is what comes after.
    let _ = fs::remove_file(&marker);
    let opened = bench.open("").await.unwrap();
    opened.recipe(&bench.scratch("r"), &[&opened.head]).await.unwrap();
    assert!(!marker.exists(), "a hook ran");
    // The guard can fire: git itself would have run one.
    bench.git(&["checkout", "--quiet", "--detach"]);
    assert!(marker.exists());
}

#[tokio::test]
async fn links_stay_links_and_lead_nowhere() {
    let bench = Bench::new();
    let outside = bench.folder.path().join("secret.yml");
    fs::write(&outside, compose("1.0.0+1", "stolen")).unwrap();
    symlink(&outside, bench.repo.join("compose.yml")).unwrap();
    symlink("compose.yml", bench.repo.join("inner")).unwrap();
    bench.commit("README.md", "x");
    let opened = bench.open("#main").await.unwrap();
    // What lies outside is not even read for its version.
    assert_eq!(opened.head.declared, None);
    let recipe = opened.recipe(&bench.scratch("r"), &[&opened.head]).await.unwrap();
    let folder = recipe.folder(&opened.head.version);
    assert_eq!(fs::read_link(folder.join("inner")).unwrap().to_str(), Some("compose.yml"));
    let stack = StackName::new("s").unwrap();
    let settings = std::collections::BTreeMap::new();
    let instance = Instance { stack: &stack, domain: "s.test", settings: &settings };
    let error = recipe.stack(&opened.head.version, &instance).unwrap_err();
    assert!(matches!(error, RecipeError::File { .. }), "{error}");
    assert!(error.to_string().ends_with("is a symbolic link that leaves the recipe's folder"));
}

#[tokio::test]
async fn submodules_stay_empty() {
    let bench = Bench::with_releases();
    let other = Bench::with_releases();
    let from = other.repo.display().to_string();
    bench.git(&["submodule", "--quiet", "add", &from, "part"]);
    let commit = bench.commit("README.md", "with a part");
    let opened = bench.open(&format!("#{commit}")).await.unwrap();
    let recipe = opened.recipe(&bench.scratch("r"), &[&opened.head]).await.unwrap();
    let part = recipe.folder(&opened.head.version).join("part");
    assert_eq!(fs::read_dir(part).unwrap().count(), 0);
}

/// What the caller passes on of its own environment cannot bend git.
#[tokio::test]
async fn the_environment_cannot_point_git_elsewhere() {
    let (bench, other) = (Bench::with_releases(), Bench::new());
    let mut program = crate::bench::program();
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_CONFIG_PARAMETERS"] {
        program.env.push((name.into(), other.repo.join(".git").into()));
    }
    let before = crate::bench::listing(&other.repo);
    let sources = cc_ci_source::Sources::new(&bench.state(), program, Default::default());
    let address = cc_ci_source::Address::parse(&bench.repo.display().to_string()).unwrap();
    let opened = sources.open(&address).await.unwrap();
    opened.recipe(&bench.scratch("r"), &[&opened.head]).await.unwrap();
    assert_eq!(crate::bench::listing(&other.repo), before);
}

/// Reading a repository writes nothing to it.
#[tokio::test]
async fn the_users_repository_is_left_alone() {
    let bench = Bench::with_releases();
    let before = crate::bench::listing(&bench.repo);
    let opened = bench.open("").await.unwrap();
    opened.recipe(&bench.scratch("r"), &[&opened.head]).await.unwrap();
    assert_eq!(crate::bench::listing(&bench.repo), before);
}
