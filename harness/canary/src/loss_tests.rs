//! Losses in files and in SQLite, with the scripts and exit codes of the toolbox as they are.

use std::path::{Path, PathBuf};
use std::process::Command;

use cc_ci_engine::ExecOutput;
use cc_ci_engine::fake::ExecCall;
use cc_ci_model::Unread;
use cc_ci_suite::Suite;

use super::*;
use crate::testing::{Scene, services};

const KEY: &str = "up-1";

/// A volume in a folder of this machine, in which the scripts of the toolbox really run.
struct Volume {
    scene: Scene,
    folder: tempfile::TempDir,
}

impl Volume {
    fn new() -> Self {
        let stack = services(&[("app", "app:1", &["files:/srv"])]);
        let scene = Scene::new(stack, Suite::default());
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("files")).unwrap();
        let root = folder.path().to_owned();
        scene.fake.on_exec_with(move |call| Some(Ok(run(&root, call))));
        Self { scene, folder }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("files").join(format!(".cc-ci-{KEY}")).join(path)
    }
}

/// Runs a script of the toolbox here. A folder of this machine is no mount point.
fn run(root: &Path, call: &ExecCall) -> ExecOutput {
    let [shell, flag, script, rest @ ..] = &call.exec.command[..] else { panic!("{call:?}") };
    let script = script.replace("mountpoint -q", "test -d");
    let here = |word: &String| word.replace("/volumes", &root.display().to_string());
    let mut command = Command::new(shell);
    let output = command.arg(flag).arg(script).args(rest.iter().map(here)).output().unwrap();
    let exit_code = i64::from(output.status.code().unwrap_or(137));
    ExecOutput { exit_code, stdout: output.stdout, stderr: output.stderr }
}

/// What is found after the files became something else.
async fn found_after(change: impl Fn(&Volume)) -> Found {
    let volume = Volume::new();
    let standing = volume.scene.standing().await;
    let store = files::discover(&standing, &[]).remove(0);
    store.write(&standing, KEY).await.unwrap();
    assert_eq!(store.find(&standing, KEY).await, Ok(Found::Intact));
    change(&volume);
    store.find(&standing, KEY).await.unwrap()
}

fn changed(words: &str) -> Found {
    Found::Changed(words.to_owned())
}

/// A folder that stands and lost what was in it is a loss, and not an exit code of ours.
#[tokio::test(start_paused = true)]
async fn files_that_are_gone_are_a_loss() {
    use std::fs::{remove_dir_all, remove_file, write};
    let gone =
        |part: &str| changed(&format!("the folder of {KEY} stands, but {part} in it is gone"));
    let found = found_after(|v| remove_dir_all(v.path("")).unwrap()).await;
    assert_eq!(found, Found::Gone);
    let found = found_after(|v| remove_file(v.path("large")).unwrap()).await;
    assert_eq!(found, gone("large"));
    let found = found_after(|v| remove_file(v.path("deep/er/small")).unwrap()).await;
    assert_eq!(found, gone("deep/er/small"));
    let found = found_after(|v| {
        remove_dir_all(v.path("deep")).unwrap();
        remove_file(v.path("large")).unwrap();
    })
    .await;
    assert_eq!(found, gone("deep/er/small and large"));
    let found = found_after(|v| {
        remove_dir_all(v.path("deep")).unwrap();
        write(v.path("deep"), "a file in its place").unwrap();
    })
    .await;
    assert_eq!(found, gone("deep/er/small"));
    // The other file is damaged too: the loss comes first.
    let found = found_after(|v| {
        remove_file(v.path("deep/er/small")).unwrap();
        write(v.path("large"), "half").unwrap();
    })
    .await;
    assert_eq!(found, gone("deep/er/small"));
}

#[tokio::test(start_paused = true)]
async fn files_that_are_others_are_changed() {
    use std::fs::{create_dir, remove_file, write};
    use std::os::unix::fs::symlink;
    let Found::Changed(how) = found_after(|v| write(v.path("large"), "x").unwrap()).await else {
        panic!("it is as it was")
    };
    assert!(how.starts_with("of the files of up-1, large hashes to 2d711642b726b044"), "{how}");
    let found = found_after(|v| {
        remove_file(v.path("large")).unwrap();
        symlink("/etc/hostname", v.path("large")).unwrap();
    })
    .await;
    assert_eq!(found, changed("a link stands in place of the files of up-1"));
    let found = found_after(|v| {
        remove_file(v.path("large")).unwrap();
        create_dir(v.path("large")).unwrap();
    })
    .await;
    assert_eq!(found, changed("the folder of up-1 stands, but large in it is gone"));
}

/// A disk that fails is said by the words of the kernel; a script that fails is no loss and no bug.
#[rstest::rstest]
#[case::one_unread(0, "sum 1\nunread sha256sum: 'x': Input/output error\n", "", None)]
#[case::folder_unread(
    0,
    "unread ls: cannot access 'x': Input/output error\n",
    "",
    Some(Unread::Io)
)]
#[case::no_sense(0, "what\nis\nthis\n", "", Some(Unread::Closed))]
#[case::script_failed(2, "", "sh: 3: Syntax error", Some(Unread::Closed))]
#[case::full(1, "", "sh: cannot make a file: No space left on device", Some(Unread::DiskFull))]
#[tokio::test(start_paused = true)]
async fn what_the_toolbox_says_is_not_a_bug(
    #[case] exit_code: i64,
    #[case] stdout: &'static str,
    #[case] stderr: &'static str,
    #[case] why: Option<Unread>,
) {
    let stack = services(&[("app", "app:1", &["files:/srv"])]);
    let scene = Scene::new(stack, Suite::default());
    let standing = scene.standing().await;
    let output = ExecOutput { exit_code, stdout: stdout.into(), stderr: stderr.into() };
    scene.fake.on_exec("cc-ci-toolbox", output);
    let store = files::discover(&standing, &[]).remove(0);
    let found = store.find(&standing, KEY).await.unwrap();
    match (found, why) {
        // The first file is another one: that is a change, whatever became of the second.
        (Found::Changed(_), None) => {}
        (Found::Unreadable(found, _), Some(expected)) => assert_eq!(found, expected),
        (found, _) => panic!("{found:?}"),
    }
}

/// The kernel kills in the toolbox for memory: a limit of ours, and never a loss.
#[tokio::test(start_paused = true)]
async fn a_script_that_is_killed_is_a_limit_of_ours() {
    let stack = services(&[("app", "app:1", &["files:/srv"])]);
    let scene = Scene::new(stack, Suite::default());
    let standing = scene.standing().await;
    scene.fake.on_exec("cc-ci-toolbox", ExecOutput { exit_code: 137, ..ExecOutput::default() });
    let files = files::discover(&standing, &[]).remove(0);
    let sqlite = sqlite::at("files/app.db");
    for store in [files, sqlite] {
        let fault = store.find(&standing, KEY).await.unwrap_err();
        assert!(matches!(fault, Fault::AddedLimit { .. }), "{fault}");
    }
}

/// Data that is gone before it was to be damaged was lost while the app only ran on.
#[tokio::test(start_paused = true)]
async fn what_is_gone_cannot_be_damaged() {
    let volume = Volume::new();
    let standing = volume.scene.standing().await;
    let store = files::discover(&standing, &[]).remove(0);
    store.write(&standing, KEY).await.unwrap();
    assert_eq!(store.damage(&standing, KEY).await, Ok(true));
    assert!(matches!(store.find(&standing, KEY).await, Ok(Found::Changed(_))));
    store.write(&standing, KEY).await.unwrap();
    std::fs::remove_dir_all(volume.path("")).unwrap();
    let fault = store.damage(&standing, KEY).await.unwrap_err();
    assert_eq!(fault.to_string(), "data lost in files:files: up-1 was written and is gone");
}

/// What `sqlite3` says and ends with, as version 3.46 does.
#[rstest::rstest]
#[case::file_gone(66, "its file is gone", Found::Gone)]
#[case::no_database(
    26,
    "Error: in prepare, file is not a database (26)",
    changed("Error: in prepare, file is not a database (26)")
)]
#[case::malformed(
    11,
    "Error: in prepare, database disk image is malformed (11)",
    changed("Error: in prepare, database disk image is malformed (11)")
)]
#[case::a_folder(1, "Error: unable to open database \"d\": unable to open database file", Found::Unreadable(Unread::Closed, "Error: unable to open database \"d\": unable to open database file".to_owned()))]
#[case::broken_disk(10, "Error: stepping, disk I/O error (10)", Found::Unreadable(Unread::Io, "Error: stepping, disk I/O error (10)".to_owned()))]
#[case::full(13, "Error: stepping, database or disk is full (13)", Found::Unreadable(Unread::DiskFull, "Error: stepping, database or disk is full (13)".to_owned()))]
#[case::no_program(127, "sh: 3: sqlite3: not found", Found::Unreadable(Unread::Closed, "sh: 3: sqlite3: not found".to_owned()))]
#[tokio::test(start_paused = true)]
async fn what_sqlite_says(
    #[case] exit_code: i64,
    #[case] words: &'static str,
    #[case] expected: Found,
) {
    let scene = Scene::new(services(&[("app", "app:1", &["files:/srv"])]), Suite::default());
    let standing = scene.standing().await;
    let output = ExecOutput { exit_code, stderr: words.into(), ..ExecOutput::default() };
    scene.fake.on_exec("cc-ci-toolbox", output);
    let store = sqlite::at("files/app.db");
    assert_eq!(store.find(&standing, KEY).await, Ok(expected.clone()));
    // A write that meets the same is no bug of ours either.
    let fault = store.write(&standing, KEY).await.unwrap_err();
    let (owner, _) = fault.origin();
    match expected {
        Found::Gone | Found::Changed(_) => {
            assert!(matches!(fault, Fault::DataLost { .. }), "{fault}");
        }
        Found::Unreadable(Unread::Io | Unread::DiskFull, _) => {
            assert_eq!(owner, cc_ci_model::Owner::Harness, "{fault}");
        }
        Found::Unreadable(..) | Found::Intact => {
            assert!(matches!(fault, Fault::DataUnreadable { .. }), "{fault}");
        }
    }
}
