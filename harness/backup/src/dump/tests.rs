//! The proof over a volume in a folder of this machine, in which the scripts of the toolbox really run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use cc_ci_engine::fake::{ExecCall, FakeEngine};
use cc_ci_engine::{ExecOutput, stack};
use cc_ci_model::{MountSpec, MountType, StackSpec, VolumeSpec};

use super::check::{Dumps, Looked, Proof, ReadDump, check_dumps};
use super::watch::watch_dumps;
use crate::{BackupPlan, Hook, HookMoment, RepositoryVolume, SavedVolume, Toolbox};

const SQL: &str = "-- PostgreSQL database dump\nCOPY t (a) FROM stdin;\nbk-1\n\\.\n\
                   -- PostgreSQL database dump complete\n";
const NO_MARK: &str = "INSERT INTO t VALUES (1);\n";

struct Stage {
    fake: FakeEngine,
    spec: StackSpec,
    toolbox: Toolbox,
    folder: tempfile::TempDir,
}

impl Stage {
    /// A stack whose server mounts the volume `db`.
    async fn new() -> Self {
        let fake = FakeEngine::with_images(["toolbox:1", "app:1"]);
        let mut spec = cc_ci_testkit::stack::one_service("unit-abc123", "app:1");
        let volume = VolumeSpec { name: "unit-abc123_db".to_owned(), ..VolumeSpec::default() };
        spec.volumes.insert("db".to_owned(), volume);
        let (kind, source, target) = (MountType::Volume, "db".to_owned(), "/var/db".to_owned());
        for service in spec.services.values_mut() {
            let mount = MountSpec {
                kind,
                source: source.clone(),
                target: target.clone(),
                ..MountSpec::default()
            };
            service.mounts.push(mount);
        }
        let labels = [("com.docker.stack.namespace".to_owned(), "unit-abc123".to_owned())];
        stack::deploy(&fake, &spec, &labels, &BTreeMap::new()).await.unwrap();
        let toolbox = Toolbox::start(
            &fake,
            &spec,
            &RepositoryVolume::called("backups"),
            "toolbox:1",
            &labels,
        )
        .await
        .unwrap();
        tokio::time::sleep(Duration::from_secs(10)).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("db")).unwrap();
        let root = folder.path().to_owned();
        fake.on_exec_with(move |call| {
            call.title.ends_with("cc-ci-toolbox").then(|| Ok(run(&root, call)))
        });
        Self { fake, spec, toolbox, folder }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("db").join(path)
    }

    /// What the proof says once `write` has been the hook; `paths` are those that the recipe saves.
    async fn proof(&self, paths: &[&str], write: impl FnOnce(&Self)) -> Dumps {
        let plan = BackupPlan {
            volumes: vec![SavedVolume {
                key: "db".to_owned(),
                paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            }],
            excluded: vec![],
            hooks: vec![Hook {
                service: "app".to_owned(),
                moment: HookMoment::BeforeBackup,
                command: "dump".to_owned(),
            }],
        };
        let watch = watch_dumps(&self.fake, &self.toolbox).await.unwrap();
        // Files are stamped with the kernel's tick.
        std::thread::sleep(Duration::from_millis(20));
        write(self);
        let limit = Duration::from_secs(300);
        let words = ["bk-1".to_owned()];
        let looked = Looked { stack: &self.spec, plan: &plan, words: &words, limit };
        check_dumps(&self.fake, &self.toolbox, looked, watch).await.unwrap()
    }
}

/// Runs a command of the toolbox here.
fn run(root: &Path, call: &ExecCall) -> ExecOutput {
    let root = root.display().to_string();
    let here = |word: &String| {
        word.replace("/volumes", &root).replace("/tmp/mark", &format!("{root}/.mark"))
    };
    let [program, rest @ ..] = &call.exec.command[..] else { panic!("{call:?}") };
    let output = Command::new(program).args(rest.iter().map(here)).output().unwrap();
    let exit_code = i64::from(output.status.code().unwrap_or(137));
    ExecOutput { exit_code, stdout: output.stdout, stderr: output.stderr }
}

fn read(dumps: Dumps) -> Vec<ReadDump> {
    match dumps {
        Dumps::Read(dumps) => dumps,
        other => panic!("{other:?}"),
    }
}

fn write(stage: &Stage, path: &str, content: impl AsRef<[u8]>) {
    let path = stage.path(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_the_hook_wrote_is_read() {
    let stage = Stage::new().await;
    let read = read(stage.proof(&["backup.sql"], |s| write(s, "backup.sql", SQL)).await);
    assert_eq!(read.len(), 1);
    let dump = &read[0];
    assert_eq!(
        (dump.path.as_str(), &dump.proof, &dump.holds[..]),
        ("db/backup.sql", &Proof::Sound, &["bk-1".to_owned()][..])
    );
    assert_eq!((dump.form.as_str(), dump.bytes), ("PostgreSQL script", SQL.len() as u64));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_or_old_is_a_defect() {
    let stage = Stage::new().await;
    let said = |dumps: Dumps| match dumps {
        Dumps::Bad(fault) => fault.to_string(),
        other => panic!("{other:?}"),
    };
    let missing = stage.proof(&["backup.sql"], |_| ()).await;
    assert_eq!(said(missing), "dump db/backup.sql is missing");
    write(&stage, "backup.sql", SQL);
    std::thread::sleep(Duration::from_millis(20));
    let old = stage.proof(&["backup.sql"], |_| ()).await;
    assert_eq!(said(old), "dump db/backup.sql is old: the pre-hook did not write it");
}

/// Folders, links and data of the app beside the dump.
#[rstest::rstest]
#[case::cut("backup.sql", &[("backup.sql", &SQL[..50])], "cut off")]
#[case::empty("backup.sql", &[("backup.sql", "")], "empty")]
#[case::no_mark("backup.sql", &[("backup.sql", NO_MARK)], "unproven: it was written without a mark")]
#[case::in_a_folder("out", &[("out/a.sql", SQL), ("out/notes", "x")], "db/out/a.sql sound")]
#[case::cut_in_a_folder("out", &[("out/a.sql", SQL), ("out/b.sql", &SQL[..50])], "db/out/b.sql cut off")]
#[case::folder_of_nothing_known("dumps", &[("dumps/a", "x")], "unproven: its 1 new files")]
#[case::empty_folder("out", &[("out/a", "")], "empty")]
#[case::data_beside_it("uploads,backup.sql", &[("uploads/a.png", "x"), ("backup.sql", SQL)], "db/backup.sql sound")]
#[case::a_file_of_the_app_beside_it("notes,backup.sql", &[("notes", "x"), ("backup.sql", SQL)], "db/backup.sql sound")]
#[case::nothing_else("notes", &[("notes", "x")], "unproven: its form is not known")]
#[case::an_unknown_dump_beside_it("odd.dump,backup.sql", &[("odd.dump", "x"), ("backup.sql", SQL)], "db/odd.dump unproven")]
#[case::undeclared("", &[("a/b.dump", SQL), ("live.log", "x")], "db/a/b.dump sound")]
#[case::undeclared_and_cut("", &[("a/b.sql", &SQL[..50]), ("live.log", "x")], "db/a/b.sql cut off")]
#[tokio::test(start_paused = true)]
async fn each_dump_is_judged(
    #[case] paths: &str,
    #[case] files: &[(&str, &str)],
    #[case] expected: &str,
) {
    let stage = Stage::new().await;
    let paths: Vec<_> = paths.split(',').filter(|path| !path.is_empty()).collect();
    let dumps = stage
        .proof(&paths, |stage| {
            files.iter().for_each(|(path, content)| write(stage, path, content));
        })
        .await;
    let line = |dump: ReadDump| {
        let proof = match dump.proof {
            Proof::Sound => "sound".to_owned(),
            Proof::Broken(how) => how,
            Proof::Unproven(why) => format!("unproven: {why}"),
        };
        format!("{} {proof}", dump.path)
    };
    let lines: Vec<_> = read(dumps).into_iter().map(line).collect();
    assert!(lines.iter().any(|line| line.contains(expected)), "{lines:?}");
    let judged = files.iter().filter(|(path, _)| path.ends_with(".sql") || path.ends_with(".dump"));
    assert_eq!(lines.len(), judged.count().max(1), "{lines:?}");
}

/// A file whose form is known is a dump, whatever its name and whatever became of it.
#[rstest::rstest]
#[case::cut(&SQL[..50])]
#[case::without_a_mark(NO_MARK)]
#[case::whole(SQL)]
#[tokio::test(start_paused = true)]
async fn a_known_form_is_a_dump_whatever_its_name(#[case] content: &str) {
    let stage = Stage::new().await;
    let dumps = stage
        .proof(&["copy", "backup.sql"], |stage| {
            write(stage, "copy", content);
            write(stage, "backup.sql", SQL);
        })
        .await;
    let paths: Vec<_> = read(dumps).into_iter().map(|dump| dump.path).collect();
    assert_eq!(paths, ["db/copy", "db/backup.sql"]);
}

/// A script is no archive: `pg_restore` would call it broken.
#[tokio::test(start_paused = true)]
async fn a_script_is_not_shown_to_pg_restore() {
    let stage = Stage::new().await;
    stage.fake.on_exec_with(|call| {
        let output = ExecOutput { exit_code: 1, stderr: "corrupt".into(), ..ExecOutput::default() };
        call.line().contains("pg_restore").then_some(Ok(output))
    });
    let dumps = read(stage.proof(&["backup.sql"], |s| write(s, "backup.sql", SQL)).await);
    assert_eq!(dumps[0].proof, Proof::Sound);
}

#[tokio::test(start_paused = true)]
async fn a_link_out_of_the_volume_is_not_followed() {
    let stage = Stage::new().await;
    let dumps = stage
        .proof(&["backup.sql"], |stage| {
            std::os::unix::fs::symlink("/etc/hostname", stage.path("backup.sql")).unwrap();
        })
        .await;
    // The link itself is new; where it points to is of no interest.
    match dumps {
        Dumps::Read(dumps) => {
            assert_eq!(dumps[0].proof, Proof::Broken("a link out of its volume".to_owned()));
        }
        Dumps::Bad(fault) => assert!(fault.to_string().contains("old"), "{fault}"),
        Dumps::None(why) => panic!("{why}"),
    }
}

/// Archives of pg_dump are shown to `pg_restore` in the container that mounts them.
#[rstest::rstest]
#[case::it_prints_a_whole_script(0, SQL, "", Proof::Sound)]
#[case::it_finds_the_end_too_early(
    1,
    "",
    "pg_restore: error: could not read from input file: end of file",
    Proof::Broken("broken: pg_restore in service app ended with 1: pg_restore: error: could not read from input file: end of file".to_owned())
)]
#[case::it_is_too_old(
    1,
    "",
    "pg_restore: error: unsupported version (1.16) in file header",
    Proof::Unproven("pg_restore in service app ended with 1: pg_restore: error: unsupported version (1.16) in file header".to_owned())
)]
#[case::it_is_not_there(93, "", "", Proof::Sound)]
#[tokio::test(start_paused = true)]
async fn a_server_reads_its_own_archive(
    #[case] exit_code: i64,
    #[case] stdout: &'static str,
    #[case] stderr: &'static str,
    #[case] expected: Proof,
) {
    let stage = Stage::new().await;
    let output = ExecOutput { exit_code, stdout: stdout.into(), stderr: stderr.into() };
    stage.fake.on_exec_with(move |call| {
        let asked = call.line().contains("pg_restore") && call.line().ends_with("/var/db/p.dump");
        asked.then(|| Ok(output.clone()))
    });
    let archive = include_bytes!("../../../dump/tests/dumps/pg-gzip.dump");
    let dumps = read(stage.proof(&["p.dump"], |stage| write(stage, "p.dump", archive)).await);
    assert_eq!(dumps[0].proof, expected);
    // The canary's words are looked for in the script that the server printed.
    assert_eq!(dumps[0].holds.contains(&"bk-1".to_owned()), !stdout.is_empty());
    // What is cut is known without any server.
    let cut = &archive[..archive.len() - 30];
    let dumps = read(stage.proof(&["p.dump"], |stage| write(stage, "p.dump", cut)).await);
    assert!(matches!(&dumps[0].proof, Proof::Broken(how) if how.contains("cut off")), "{dumps:?}");
}

/// A folder of pg_dump is read file by file.
#[tokio::test(start_paused = true)]
async fn a_directory_of_pg_dump_is_read_file_by_file() {
    let stage = Stage::new().await;
    stage.fake.on_exec("pg_restore", ExecOutput { exit_code: 93, ..ExecOutput::default() });
    let mut archive =
        tar::Archive::new(&include_bytes!("../../../dump/tests/dumps/pg-dir.tar")[..]);
    archive.unpack(stage.path("")).unwrap();
    std::fs::rename(stage.path("dir"), stage.path("kept")).unwrap();
    let copy = |stage: &Stage| {
        let (from, to) = (stage.path("kept"), stage.path("dir"));
        let done = Command::new("cp").arg("-r").args([from, to]).status().unwrap();
        assert!(done.success());
    };
    let dumps = read(stage.proof(&["dir"], copy).await);
    assert_eq!((&dumps[0].proof, dumps[0].form.as_str()), (&Proof::Sound, "pg_dump directory"));
    assert!(dumps[0].bytes > 0, "the sizes of its files are added up");
    std::fs::remove_dir_all(stage.path("dir")).unwrap();
    let dumps = read(
        stage
            .proof(&["dir"], |stage| {
                copy(stage);
                let mut files = std::fs::read_dir(stage.path("dir")).unwrap();
                let data = files
                    .find(|f| f.as_ref().unwrap().file_name().to_string_lossy().ends_with(".gz"));
                let data = data.unwrap().unwrap().path();
                let bytes = std::fs::read(&data).unwrap();
                std::fs::write(&data, &bytes[..bytes.len() / 2]).unwrap();
            })
            .await,
    );
    assert!(
        matches!(&dumps[0].proof, Proof::Broken(how) if how.contains("inside its gzip")),
        "{dumps:?}"
    );
}

/// What cannot be read in time, or whose reading fails, is unproven and never cut off.
#[rstest::rstest]
#[case::slow(None, "it could not be read to its end within 300 s")]
#[case::failed(
    Some("cat: read error: Input/output error"),
    "it could not be read to its end: cat: read error"
)]
#[tokio::test(start_paused = true)]
async fn what_could_not_be_read_is_unproven(
    #[case] words: Option<&'static str>,
    #[case] said: &str,
) {
    let stage = Stage::new().await;
    stage.fake.on_exec_with(move |call| {
        let cat = call.exec.command[0] == "cat";
        cat.then(|| match words {
            Some(words) => {
                Ok(ExecOutput { exit_code: 1, stdout: SQL[..50].into(), stderr: words.into() })
            }
            None => {
                Err(cc_ci_engine::EngineError::Timeout { action: "cat".to_owned(), seconds: 300 })
            }
        })
    });
    let dumps = read(stage.proof(&["backup.sql"], |s| write(s, "backup.sql", SQL)).await);
    match &dumps[0].proof {
        Proof::Unproven(why) => assert!(why.starts_with(said), "{why}"),
        other => panic!("{other:?}"),
    }
}
