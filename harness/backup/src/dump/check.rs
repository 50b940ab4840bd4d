//! The proof itself: each dump is read to its end before it is saved.
//!
//! A hook that ends with 0 proves nothing: real recipes have saved empty and cut-off dumps for
//! months behind a green backup.

use std::time::Duration;

use cc_ci_dump::{Source, Verdict, called_like_a_dump};
use cc_ci_engine::{Engine, EngineError, ExecSpec};
use cc_ci_model::{Fault, StackSpec};
use tokio::time::Instant;

use super::archive::{self, Said};
use super::candidate::{Kind, kind};
use super::sqlite;
use super::stream::{Streamed, read_out, too_late};
use super::watch::{Age, DumpWatch, files};
use crate::{BackupPlan, HookMoment, TOOLBOX_VOLUMES, Toolbox};

/// What the proof of the dumps found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dumps {
    /// These were read.
    Read(Vec<ReadDump>),
    /// There is nothing to prove, and why.
    None(String),
    /// One that has to be there is not, or is an old one.
    Bad(Fault),
}

/// One dump that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadDump {
    /// Volume and path.
    pub path: String,
    /// What the reading came to.
    pub proof: Proof,
    /// Its form, from the outside in.
    pub form: String,
    /// Bytes on the disk.
    pub bytes: u64,
    /// Whose data it is, where the form says so.
    pub source: Option<Source>,
    /// Those of the words that were looked for that are in it.
    pub holds: Vec<String>,
}

impl ReadDump {
    /// Words that were found in it, too.
    fn add(&mut self, words: Vec<String>) {
        self.holds.extend(words);
        self.holds.sort_unstable();
        self.holds.dedup();
    }
}

/// What a dump was proven to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// It was read to its end, and it ends there.
    Sound,
    /// It is empty, cut off or no dump: the end of a sentence that begins with its name and `is`.
    Broken(String),
    /// Whether it is whole cannot be known: the reason.
    Unproven(String),
}

/// What is looked for, where, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Looked<'a> {
    /// The stack as it runs: its servers may have to read their own archives.
    pub stack: &'a StackSpec,
    /// What the recipe saves.
    pub plan: &'a BackupPlan,
    /// Words of which each is held by the data of one store, or of several.
    pub words: &'a [String],
    /// The time for all dumps together; what is not read by then is unproven.
    pub limit: Duration,
}

/// Reads what the pre-hooks wrote.
///
/// Where the recipe declares paths, at least one of them must have been written by the hooks, and
/// each that was is read; a declared path that is missing is a defect in any case. Where it
/// declares none, every file that was written and is called like a dump is one. Files that are neither called
/// like a dump nor of the form of one are data of the app; they are dumps only where there is nothing else.
///
/// # Errors
/// The engine's own.
pub async fn check_dumps(
    engine: &dyn Engine,
    toolbox: &Toolbox,
    looked: Looked<'_>,
    watch: DumpWatch,
) -> Result<Dumps, EngineError> {
    let place = (engine, toolbox);
    let plan = looked.plan;
    let hooked = plan.hooks(HookMoment::BeforeBackup).next().is_some();
    let declared: Vec<String> = plan
        .volumes
        .iter()
        .flat_map(|volume| volume.paths.iter().map(move |path| format!("{}/{path}", volume.key)))
        .collect();
    let mut written = Vec::new();
    for path in &declared {
        match watch.age(place, &full(path)).await? {
            Age::Absent => return Ok(Dumps::Bad(bad(path, "missing"))),
            Age::New => written.push(path.clone()),
            Age::Old => {}
        }
    }
    if !hooked {
        return Ok(Dumps::None("the recipe has no backup pre-hook".to_owned()));
    }
    if declared.is_empty() {
        written = watch.written(place, TOOLBOX_VOLUMES).await?;
        written.retain(|path| called_like_a_dump(path));
        if written.is_empty() {
            let reason = "the pre-hooks wrote nothing that is called like a dump into a volume";
            return Ok(Dumps::None(reason.to_owned()));
        }
    } else if written.is_empty() {
        return Ok(Dumps::Bad(bad(&declared.join(", "), "old: the pre-hook did not write it")));
    }
    let reader = Reader { place, looked, watch: &watch, until: Instant::now() + looked.limit };
    let (mut dumps, mut data) = (Vec::new(), Vec::new());
    for path in written {
        let (read, is_data) = reader.read(&path).await?;
        if is_data { data.extend(read) } else { dumps.extend(read) }
    }
    Ok(Dumps::Read(if dumps.is_empty() { data } else { dumps }))
}

struct Reader<'a> {
    place: (&'a dyn Engine, &'a Toolbox),
    looked: Looked<'a>,
    watch: &'a DumpWatch,
    until: Instant,
}

impl Reader<'_> {
    /// Reads a path of a volume. True where it is rather the app's own data than a dump.
    async fn read(&self, path: &str) -> Result<(Vec<ReadDump>, bool), EngineError> {
        let (volume, _) = path.split_once('/').unwrap_or((path, ""));
        let root = full(volume);
        match kind(self.place, &full(path), &root).await? {
            Kind::Link => Ok((vec![broken(path, "a link out of its volume")], false)),
            Kind::Blank => Ok((vec![broken(path, "empty")], false)),
            Kind::Archive => Ok((vec![self.archive(path).await?], false)),
            Kind::File => {
                let read = self.file(path).await?;
                let is_data = !called_like_a_dump(path) && is_unknown(&read);
                Ok((vec![read], is_data))
            }
            Kind::Folder => self.folder(path).await,
        }
    }

    /// A folder: the files in it that are called like dumps, or all of it where it is called like one.
    async fn folder(&self, path: &str) -> Result<(Vec<ReadDump>, bool), EngineError> {
        let new = self.watch.written(self.place, &full(path)).await?;
        let mut read = Vec::new();
        for file in new.iter().filter(|file| called_like_a_dump(file)) {
            read.push(self.file(&format!("{path}/{file}")).await?);
        }
        if !read.is_empty() {
            return Ok((read, false));
        }
        let why = format!("its {} new files are in no form that is known here", new.len());
        Ok((vec![unproven(path, why)], !called_like_a_dump(path)))
    }

    async fn file(&self, path: &str) -> Result<ReadDump, EngineError> {
        let (engine, toolbox) = self.place;
        let mut read = self.stream(path).await?;
        if read.form == "SQLite database" {
            read.proof = sqlite::check(engine, toolbox, &full(path)).await?;
        }
        let of_postgres = read.source == Some(Source::Postgres);
        if of_postgres && matches!(read.form.as_str(), "pg_dump archive" | "tar, pg_dump archive") {
            self.ask_server(&mut read, path).await?;
        }
        Ok(read)
    }

    /// A folder of `pg_dump --format=directory`: every file in it, then all of it by its server.
    async fn archive(&self, path: &str) -> Result<ReadDump, EngineError> {
        let mut all = ReadDump {
            path: path.to_owned(),
            proof: Proof::Sound,
            form: "pg_dump directory".to_owned(),
            bytes: 0,
            source: Some(Source::Postgres),
            holds: Vec::new(),
        };
        for file in files(self.place, &full(path)).await? {
            let read = self.stream(&format!("{path}/{file}")).await?;
            all.bytes += read.bytes;
            all.add(read.holds);
            match (read.proof, &all.proof) {
                (Proof::Broken(how), Proof::Sound | Proof::Unproven(_)) => {
                    all.proof = Proof::Broken(format!("broken inside: its file {file} is {how}"));
                }
                (Proof::Unproven(why), Proof::Sound) if file == "toc.dat" => {
                    all.proof = Proof::Unproven(why);
                }
                _ => {}
            }
        }
        self.ask_server(&mut all, path).await?;
        Ok(all)
    }

    /// The server reads its own archives best; what is broken here already is not shown to it.
    async fn ask_server(&self, read: &mut ReadDump, path: &str) -> Result<(), EngineError> {
        if matches!(read.proof, Proof::Broken(_)) {
            return Ok(());
        }
        let Some(place) = path.split_once('/') else { return Ok(()) };
        let Looked { stack, words, .. } = self.looked;
        let said = archive::restore(self.place.0, stack, place, (words, self.left())).await?;
        match said {
            Said::Nothing => {}
            Said::Sound(reading) => {
                read.proof = Proof::Sound;
                read.add(reading.holds);
            }
            Said::Broken(how) => read.proof = Proof::Broken(format!("broken: {how}")),
            Said::Unproven(why) => read.proof = Proof::Unproven(why),
        }
        Ok(())
    }

    async fn stream(&self, path: &str) -> Result<ReadDump, EngineError> {
        if self.left().is_zero() {
            return Ok(unproven(path, too_late(self.looked.limit)));
        }
        let (engine, toolbox) = self.place;
        let exec = ExecSpec::new(["cat", "--", &full(path)]).within(self.left());
        let streamed =
            read_out((engine, toolbox.container()), &exec, (path, self.looked.words)).await?;
        Ok(match streamed {
            Streamed::Unread(why) => unproven(path, why),
            Streamed::Read(reading, output) if output.ok() => ReadDump {
                path: path.to_owned(),
                proof: match reading.verdict {
                    Verdict::Whole => Proof::Sound,
                    Verdict::Broken(how) => Proof::Broken(how),
                    Verdict::Unproven(why) => Proof::Unproven(why),
                },
                form: reading.form.join(", "),
                bytes: reading.bytes,
                source: reading.source,
                holds: reading.holds,
            },
            Streamed::Read(_, output) => {
                unproven(path, format!("it could not be read to its end: {}", output.complaint()))
            }
        })
    }

    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}

fn full(path: &str) -> String {
    format!("{TOOLBOX_VOLUMES}/{path}")
}

/// True for a file that nothing shows to be a dump.
fn is_unknown(read: &ReadDump) -> bool {
    read.form.is_empty() && matches!(read.proof, Proof::Unproven(_))
}

fn with(path: &str, proof: Proof) -> ReadDump {
    let (path, form) = (path.to_owned(), String::new());
    ReadDump { path, proof, form, bytes: 0, source: None, holds: Vec::new() }
}

fn broken(path: &str, how: &str) -> ReadDump {
    with(path, Proof::Broken(how.to_owned()))
}

fn unproven(path: &str, why: String) -> ReadDump {
    with(path, Proof::Unproven(why))
}

fn bad(path: &str, defect: &str) -> Fault {
    Fault::BadDump { path: path.to_owned(), defect: defect.to_owned() }
}
