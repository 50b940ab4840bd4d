//! The real restic, in the unit's toolbox.

use std::collections::BTreeMap;
use std::time::Duration;

use cc_ci_engine::{Engine, EngineError, ExecOutput, ExecSpec, KILLED};
use cc_ci_model::{Ceiling, Fault, Secret};
use serde::Deserialize;
use thiserror::Error;

use crate::quick_key::quick_key;
use crate::toolbox::SECRETS;
use crate::{BackupPlace, BackupPlan, SavedVolume, TOOLBOX_VOLUMES, Toolbox};

/// What restic did not do.
#[derive(Debug, Error)]
pub enum ResticError {
    /// It ended with an error.
    #[error("restic {command} ended with exit code {exit_code}: {output}")]
    Failed {
        /// The restic command.
        command: String,
        /// Its exit code.
        exit_code: i64,
        /// Its last output.
        output: String,
    },
    /// It ended well but said nothing that can be read.
    #[error("restic {command} gave no summary: {output}")]
    Unreadable {
        /// The restic command.
        command: String,
        /// Its last output.
        output: String,
    },
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl ResticError {
    /// The typed origin of a failure that this error causes.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            // The kernel kills in the toolbox for memory; nothing else there sends that signal.
            Self::Failed { command, exit_code: KILLED, .. } => Fault::AddedLimit {
                at: "the toolbox".to_owned(),
                limit: "its limit of memory".to_owned(),
                detail: format!(
                    "restic {command} was killed; {}",
                    Ceiling::OwnMemoryBytes.remedy()
                ),
            },
            Self::Failed { command, exit_code, output } => Fault::Restic {
                command: command.clone(),
                exit_code: *exit_code,
                output: output.clone(),
            },
            Self::Unreadable { command, output } => Fault::Restic {
                command: command.clone(),
                exit_code: 0,
                output: format!("no summary in: {output}"),
            },
            Self::Engine(error) => error.fault(),
        }
    }
}

/// A snapshot that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Snapshot {
    /// Its id in the repository.
    #[serde(rename = "snapshot_id")]
    pub id: String,
    /// Files in it.
    #[serde(rename = "total_files_processed")]
    pub files: u64,
    /// Bytes in it before deduplication.
    #[serde(rename = "total_bytes_processed")]
    pub bytes: u64,
}

/// Where the toolbox has the repository; beside it is room for copies that are damaged on purpose.
pub(crate) const REPOSITORY: &str = "/repository/main";

/// The files with the password, the repository's address (it may hold a password) and the credentials.
const PASSWORD: &str = "cc-ci-restic-password";
const ADDRESS: &str = "cc-ci-restic-repository";
const CREDENTIALS: &str = "cc-ci-restic-credentials";

/// Runs the command in `$@` with the variables that the file `$0` sets. restic reads most credentials from
/// its environment only (restic manual, "Preparing a new repository").
const WITH_CREDENTIALS: &str = r#"set -a; . "$0"; set +a; exec "$@""#;

/// restic's exit code for a repository that somebody has locked (restic manual, "Exit codes").
const LOCKED: i64 = 11;

/// The unit's own repository. It outlives the toolbox it was made in.
#[derive(Debug, Clone)]
pub struct Restic {
    repository: Secret,
    credentials: BTreeMap<String, Secret>,
    password: Secret,
    limit: Duration,
}

impl Restic {
    /// Creates the repository of the unit called `name`; each later command is given `limit`.
    ///
    /// # Errors
    /// restic's or the engine's own.
    pub async fn init(
        engine: &dyn Engine,
        toolbox: &Toolbox,
        (place, name): (&BackupPlace, &str),
        password: Secret,
        limit: Duration,
    ) -> Result<Self, ResticError> {
        let (repository, credentials) = (place.repository(name), place.credentials.clone());
        let restic = Self { repository, credentials, password, limit };
        restic.run((engine, toolbox), &["init"]).await?;
        if restic.is_local() {
            restic.quicken((engine, toolbox)).await?;
        }
        Ok(restic)
    }

    /// Replaces the key of a new repository by one that opens it at once (see [`quick_key`]). A key in a
    /// form that is not known stays.
    async fn quicken(&self, place: (&dyn Engine, &Toolbox)) -> Result<(), ResticError> {
        let (engine, toolbox) = place;
        let keys = format!("{REPOSITORY}/keys");
        let first = toolbox.script(engine, r#"cat "$1"/*"#, &[&keys]).await?;
        let master = self.run(place, &["cat", "masterkey"]).await?;
        let Some(key) = quick_key(&first.stdout, &master.stdout, &self.password) else {
            return Ok(());
        };
        toolbox.keep_secrets(engine, &keys, &[(&key.name, &Secret::new(key.content))]).await?;
        // The repository has a key at each moment, whatever happens in between.
        let leave = r#"cd "$1" && for key in *; do [ "$key" = "$2" ] || rm -f "$key"; done"#;
        toolbox.script(engine, leave, &[&keys, &key.name]).await?;
        Ok(())
    }

    /// Saves what `plan` says, with `tags`.
    ///
    /// # Errors
    /// restic's or the engine's own. restic's exit code 3 (some files could not be read) is an
    /// error too: a backup with holes is none.
    pub async fn backup(
        &self,
        place: (&dyn Engine, &Toolbox),
        plan: &BackupPlan,
        tags: &[String],
    ) -> Result<Snapshot, ResticError> {
        let mut command = words(&["backup", "--json", "--quiet", "--host", "cc-ci"]);
        command.extend(tags.iter().flat_map(|tag| ["--tag".to_owned(), tag.clone()]));
        command.extend(plan.volumes.iter().flat_map(saved_paths));
        let output = self.run(place, &command).await?;
        summary(&output).ok_or_else(|| ResticError::Unreadable {
            command: "backup".to_owned(),
            output: output.text(),
        })
    }

    /// Reads the whole repository back and verifies every blob in it.
    ///
    /// # Errors
    /// restic's or the engine's own.
    pub async fn check(&self, place: (&dyn Engine, &Toolbox)) -> Result<(), ResticError> {
        self.run(place, &["check", "--read-data"]).await.map(drop)
    }

    /// Puts the snapshot back over the live volumes: what it holds is as it was, and under the
    /// saved paths nothing else remains.
    ///
    /// The whole repository is verified first. restic alone finds a damaged pack only when it comes
    /// to it, with half of the data overwritten already; and it lets a restore begin while somebody
    /// else holds the repository for himself.
    ///
    /// # Errors
    /// restic's or the engine's own.
    pub async fn restore(
        &self,
        place: (&dyn Engine, &Toolbox),
        plan: &BackupPlan,
        snapshot: &str,
    ) -> Result<(), ResticError> {
        self.verify(place).await?;
        self.restore_verified(place, plan, snapshot).await
    }

    /// As [`Restic::restore`], from a repository that was verified a moment ago and has not been
    /// written to since.
    ///
    /// # Errors
    /// restic's or the engine's own.
    pub async fn restore_verified(
        &self,
        place: (&dyn Engine, &Toolbox),
        plan: &BackupPlan,
        snapshot: &str,
    ) -> Result<(), ResticError> {
        self.run(place, &restore_words(plan, snapshot)).await.map(drop)
    }

    /// As [`Restic::check`]; what a process that is dead has locked is unlocked first. A lock whose
    /// owner lives stands.
    async fn verify(&self, place: (&dyn Engine, &Toolbox)) -> Result<(), ResticError> {
        match self.check(place).await {
            Err(ResticError::Failed { exit_code: LOCKED, .. }) => {
                // Without --remove-all this takes away stale locks only.
                self.run(place, &["unlock"]).await?;
                self.check(place).await
            }
            checked => checked,
        }
    }

    /// The same repository's copy at another place of the toolbox.
    pub(crate) fn at(&self, repository: &str) -> Self {
        Self { repository: repository.into(), ..self.clone() }
    }

    pub(crate) fn with_password(self, password: &str) -> Self {
        Self { password: password.into(), ..self }
    }

    pub(crate) fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    pub(crate) async fn run<S: AsRef<str>>(
        &self,
        place: (&dyn Engine, &Toolbox),
        command: &[S],
    ) -> Result<ExecOutput, ResticError> {
        let mut words = vec!["restic".to_owned()];
        words.extend(command.iter().map(|word| word.as_ref().to_owned()));
        let output = self.open(place, words).await?;
        if output.ok() {
            return Ok(output);
        }
        Err(ResticError::Failed {
            command: command.first().map_or_else(String::new, |word| word.as_ref().to_owned()),
            exit_code: output.exit_code,
            output: output.complaint(),
        })
    }

    /// Runs a command of the toolbox that may open the repository. Password, address and credentials are
    /// put there each time: the toolbox may have been replaced since the last command.
    pub(crate) async fn open(
        &self,
        (engine, toolbox): (&dyn Engine, &Toolbox),
        words: Vec<String>,
    ) -> Result<ExecOutput, EngineError> {
        let credentials = assignments(&self.credentials);
        let mut files = vec![(PASSWORD, &self.password), (ADDRESS, &self.repository)];
        let mut command = words;
        if !self.credentials.is_empty() {
            files.push((CREDENTIALS, &credentials));
            let file = format!("{SECRETS}/{CREDENTIALS}");
            let shell = ["/bin/sh", "-c", WITH_CREDENTIALS, &file].map(str::to_owned);
            command = shell.into_iter().chain(command).collect();
        }
        toolbox.keep_secrets(engine, SECRETS, &files).await?;
        let exec = ExecSpec::new(command)
            .within(self.limit)
            .env("RESTIC_REPOSITORY_FILE", format!("{SECRETS}/{ADDRESS}"))
            .env("RESTIC_PASSWORD_FILE", format!("{SECRETS}/{PASSWORD}"))
            // The toolbox dies with the unit; a cache would only be written, never read.
            .env("RESTIC_CACHE_DIR", "/tmp/restic-cache");
        toolbox.exec(engine, &exec).await
    }

    /// The repository as restic writes it. It may hold a password.
    pub(crate) fn repository(&self) -> &Secret {
        &self.repository
    }

    /// The repository's own name below its backend, which holds no secret.
    #[must_use]
    pub fn name(&self) -> String {
        let address = self.repository.reveal_text();
        address.rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// True where the repository is a folder of the toolbox.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.repository.reveal().starts_with(b"/")
    }
}

/// The variables as a shell reads them, one a line. Names are those of a shell's variables.
fn assignments(variables: &BTreeMap<String, Secret>) -> Secret {
    let mut lines = Vec::new();
    for (name, value) in variables {
        lines.extend_from_slice(name.as_bytes());
        lines.extend_from_slice(b"='");
        for byte in value.reveal() {
            match byte {
                b'\'' => lines.extend_from_slice(br"'\''"),
                other => lines.push(*other),
            }
        }
        lines.extend_from_slice(b"'\n");
    }
    Secret::new(lines)
}

pub(crate) fn restore_words(plan: &BackupPlan, snapshot: &str) -> Vec<String> {
    let mut command = words(&["restore", snapshot, "--target", "/", "--delete"]);
    let paths = plan.volumes.iter().flat_map(saved_paths);
    command.extend(paths.flat_map(|path| ["--include".to_owned(), literally(&path)]));
    command
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

pub(crate) fn saved_paths(volume: &SavedVolume) -> Vec<String> {
    let root = format!("{TOOLBOX_VOLUMES}/{}", volume.key);
    if volume.paths.is_empty() {
        return vec![root];
    }
    volume.paths.iter().map(|path| format!("{root}/{path}")).collect()
}

/// restic reads `--include` as a pattern; a path is meant as it stands.
fn literally(path: &str) -> String {
    let special = |c: char| matches!(c, '*' | '?' | '[' | ']' | '\\');
    path.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

/// restic prints one JSON object per line; the summary is the last of its kind.
fn summary(output: &ExecOutput) -> Option<Snapshot> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().rev();
    let mut values = lines.filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let found = values.find(|value| value["message_type"] == "summary")?;
    serde_json::from_value(found).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use cc_ci_engine::fake::FakeEngine;
    use cc_ci_engine::{Containers as _, ExecOutput};

    use super::*;
    use crate::RepositoryVolume;

    #[tokio::test]
    async fn passwords_and_credentials_are_in_files_and_nowhere_else() {
        let engine = FakeEngine::with_images(["toolbox:1"]);
        let stack = cc_ci_testkit::stack::one_service("unit-abc123", "app:1");
        let toolbox =
            Toolbox::start(&engine, &stack, &RepositoryVolume::called("backups"), "toolbox:1", &[])
                .await
                .unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let calls = seen.clone();
        engine.on_exec_with(move |call| {
            let ours = call.exec.command.iter().any(|word| word == "restic");
            ours.then(|| {
                calls.lock().unwrap().push(call.exec.clone());
                Ok(ExecOutput::default())
            })
        });
        let backup_place = BackupPlace {
            backend: Some("rest:http://u:key-in-url@b.test/".into()),
            credentials: BTreeMap::from([("AWS_SECRET_ACCESS_KEY".to_owned(), "it's".into())]),
        };
        let place = (&backup_place, "unit-abc123");
        let (password, limit) = (Secret::from("correct-horse"), Duration::from_secs(9));
        let restic = Restic::init(&engine, &toolbox, place, password, limit).await.unwrap();
        restic.check((&engine, &toolbox)).await.unwrap();
        let seen = seen.lock().unwrap().clone();
        assert_eq!(seen.len(), 2);
        let words = |exec: &ExecSpec| {
            let values = exec.environment.values().map(|value| value.reveal_text().into_owned());
            values.chain(exec.command.iter().cloned()).collect::<Vec<_>>().join(" ")
        };
        let said = words(&seen[1]);
        assert!(
            !["correct-horse", "key-in-url", "it's"].iter().any(|s| said.contains(s)),
            "{said}"
        );
        for (file, content) in [
            (PASSWORD, "correct-horse"),
            (ADDRESS, "rest:http://u:key-in-url@b.test/unit-abc123"),
            (CREDENTIALS, r"AWS_SECRET_ACCESS_KEY='it'\''s'"),
        ] {
            assert!(said.contains(&format!("{SECRETS}/{file}")), "{said}");
            let cat = ExecSpec::new(["cat".to_owned(), format!("{SECRETS}/{file}")]);
            let kept = engine.exec("unit-abc123_cc-ci-toolbox", &cat).await.unwrap();
            assert_eq!(kept.text(), content);
        }
        assert!(!format!("{restic:?} {backup_place:?}").contains("key-in-url"));
    }

    #[test]
    fn a_path_is_no_pattern() {
        assert_eq!(literally("/volumes/data/a[1]*.sql"), "/volumes/data/a\\[1\\]\\*.sql");
        assert_eq!(literally("/volumes/data/plain"), "/volumes/data/plain");
    }

    #[test]
    fn the_summary_is_found_among_other_lines() {
        let stdout = concat!(
            "{\"message_type\":\"status\",\"percent_done\":1}\n",
            "{\"message_type\":\"summary\",\"files_new\":3,\"total_files_processed\":3,",
            "\"total_bytes_processed\":12,\"snapshot_id\":\"abc\"}\n",
        );
        let output = ExecOutput { stdout: stdout.into(), ..ExecOutput::default() };
        let expected = Snapshot { id: "abc".to_owned(), files: 3, bytes: 12 };
        assert_eq!(summary(&output), Some(expected));
        assert_eq!(summary(&ExecOutput::default()), None);
    }
}
