//! One container of ours per unit that sees all volumes of the stack.
//!
//! It carries restic and the SQLite shell, so that nothing has to be installed in the app's image,
//! not even a shell.

use std::collections::BTreeMap;

use cc_ci_engine::{
    ContainerSpec, Engine, EngineError, ExecOutput, ExecSpec, KILLED, LABEL_NAMESPACE, Mount,
    Object, ObjectKind,
};
use cc_ci_model::{Secret, StackSpec, VolumeSpec};

/// Where the toolbox sees the stack's volumes: `<TOOLBOX_VOLUMES>/<compose name>`.
pub const TOOLBOX_VOLUMES: &str = "/volumes";

/// The end of the name of a toolbox's container.
pub const TOOLBOX_NAME: &str = "_cc-ci-toolbox";

/// Where the toolbox keeps secrets, one file each.
pub(crate) const SECRETS: &str = "/run";

/// Where a toolbox sees the repository that its own is copied from.
pub(crate) const ORIGINAL: &str = "/original";

/// The volume that holds a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryVolume {
    /// Its name on the engine.
    pub name: String,
    /// Its labels. One that carries a stack's name goes with that stack.
    pub labels: Vec<(String, String)>,
    /// The volume with the repository that this one is to be a copy of; the toolbox can only read it.
    pub copied_from: Option<String>,
}

impl RepositoryVolume {
    /// An original without labels.
    #[must_use]
    pub fn called(name: &str) -> Self {
        Self { name: name.to_owned(), labels: Vec::new(), copied_from: None }
    }
}

/// The unit's toolbox, running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolbox {
    container: String,
}

impl Toolbox {
    /// Starts the toolbox of `stack`. Volumes that do not exist yet are created as the stack would
    /// create them; they are not filled from the toolbox's image. External volumes are not mounted:
    /// they are somebody else's, and nothing of ours may ever be written there.
    ///
    /// # Errors
    /// The engine's own.
    pub async fn start(
        engine: &dyn Engine,
        stack: &StackSpec,
        repository: &RepositoryVolume,
        image: &str,
        labels: &[(String, String)],
    ) -> Result<Self, EngineError> {
        let RepositoryVolume { name, labels: its, copied_from } = repository;
        let own = VolumeSpec { name: name.clone(), ..VolumeSpec::default() };
        engine.create_volume(&own, its).await?;
        let mut mounts = vec![mount(name.clone(), "/repository".to_owned())];
        if let Some(original) = copied_from {
            let (source, target) = (original.clone(), ORIGINAL.to_owned());
            mounts.push(Mount { source, target, read_only: true });
        }
        for (key, volume) in stack.volumes.iter().filter(|(_, volume)| !volume.external) {
            engine.create_volume(volume, labels).await?;
            mounts.push(mount(volume.name.clone(), format!("{TOOLBOX_VOLUMES}/{key}")));
        }
        let spec = ContainerSpec {
            name: format!("{}{TOOLBOX_NAME}", stack.name),
            image: image.to_owned(),
            labels: labels.iter().cloned().collect::<BTreeMap<_, _>>(),
            mounts,
            init: true,
            ..ContainerSpec::default()
        };
        let container = engine.start_container(&spec).await?;
        Ok(Self { container })
    }

    /// Starts a toolbox that sees the volumes of `stack` in place of this one; the repository
    /// stays.
    ///
    /// # Errors
    /// The engine's own.
    pub async fn replace(
        self,
        engine: &dyn Engine,
        stack: &StackSpec,
        repository: &RepositoryVolume,
        image: &str,
        labels: &[(String, String)],
    ) -> Result<Self, EngineError> {
        let old = engine.container(&self.container).await?;
        let of_unit = labels.iter().filter(|(name, _)| name != LABEL_NAMESPACE);
        if let Some((key, value)) = of_unit.into_iter().find(|(k, v)| old.labels.get(k) != Some(v))
        {
            return Err(EngineError::Conflict {
                object: format!("container {}", old.name),
                message: format!("the toolbox does not carry the label {key}={value}"),
            });
        }
        let object = Object::known(ObjectKind::Container, old.id, old.name);
        engine.remove(&object).await?;
        Self::start(engine, stack, repository, image, labels).await
    }

    /// The id of its container.
    pub(crate) fn container(&self) -> &str {
        &self.container
    }

    /// Runs a command in the toolbox.
    ///
    /// # Errors
    /// The engine's refusals, and [`EngineError::Refused`] where the toolbox container itself has ended. A command
    /// that ends with an exit code other than 0 is no error.
    pub async fn exec(
        &self,
        engine: &dyn Engine,
        exec: &ExecSpec,
    ) -> Result<ExecOutput, EngineError> {
        let ended = engine.exec(&self.container, exec).await;
        let suspicious = match &ended {
            Ok(output) => output.exit_code == KILLED,
            Err(EngineError::Conflict { .. } | EngineError::NotFound { .. }) => true,
            Err(
                EngineError::Unreachable { .. }
                | EngineError::PortTaken { .. }
                | EngineError::OtherNode { .. }
                | EngineError::Exhausted { .. }
                | EngineError::Pull { .. }
                | EngineError::Build { .. }
                | EngineError::Refused { .. }
                | EngineError::Timeout { .. },
            ) => false,
        };
        let end = if suspicious { self.end(engine).await } else { None };
        match end {
            Some(message) => {
                let action = "run a command in the toolbox".to_owned();
                Err(EngineError::Refused { action, status: None, message })
            }
            None => ended,
        }
    }

    /// How the toolbox itself has ended, in words; nothing while it runs, or where the kernel has killed it for
    /// memory, which is a matter of its limit.
    async fn end(&self, engine: &dyn Engine) -> Option<String> {
        match engine.container(&self.container).await {
            Ok(state) if state.pid == 0 && !state.oom_killed => {
                let (name, code) = (state.name, state.exit_code.unwrap_or_default());
                Some(format!("container {name} was stopped from outside, with exit code {code}"))
            }
            Err(EngineError::NotFound { .. }) => {
                Some("its container was removed from outside".to_owned())
            }
            Ok(_) | Err(_) => None,
        }
    }

    /// Puts secrets into files of `folder` that only the toolbox' own user can read. The environment
    /// and the words of a command are visible to every user who can list processes or read the engine's
    /// events.
    ///
    /// # Errors
    /// The engine's own.
    pub(crate) async fn keep_secrets(
        &self,
        engine: &dyn Engine,
        folder: &str,
        files: &[(&str, &Secret)],
    ) -> Result<(), EngineError> {
        let archive = secret_files(files).map_err(|error| EngineError::Refused {
            action: "pack the files with secrets".to_owned(),
            status: None,
            message: error.to_string(),
        })?;
        engine.put(&self.container, folder, archive).await
    }

    /// Runs a shell script with arguments (`$1`, …) in the toolbox.
    ///
    /// # Errors
    /// As [`Toolbox::exec`].
    pub async fn script(
        &self,
        engine: &dyn Engine,
        script: &str,
        arguments: &[&str],
    ) -> Result<ExecOutput, EngineError> {
        let command = ["/bin/sh", "-c", script, "sh"].into_iter();
        let exec = ExecSpec::new(command.chain(arguments.iter().copied()));
        self.exec(engine, &exec).await
    }

    /// What a script of ours prints. One that does not end with 0 must not look like an empty
    /// answer.
    ///
    /// # Errors
    /// The engine's own, also for another exit code.
    pub(crate) async fn says(
        &self,
        engine: &dyn Engine,
        script: &str,
        arguments: &[&str],
    ) -> Result<String, EngineError> {
        Ok(self.ends_well(engine, script, arguments).await?.text())
    }

    /// The names that a script of ours prints, each ended by a NUL; a last one without its NUL was cut off
    /// and is left out.
    ///
    /// # Errors
    /// As [`Toolbox::says`].
    pub(crate) async fn lists(
        &self,
        engine: &dyn Engine,
        script: &str,
        arguments: &[&str],
    ) -> Result<Vec<String>, EngineError> {
        let output = self.ends_well(engine, script, arguments).await?;
        let names = output.stdout.split_inclusive(|byte| *byte == 0);
        let whole = names.filter_map(|name| name.strip_suffix(&[0]));
        Ok(whole.map(|name| String::from_utf8_lossy(name).into_owned()).collect())
    }

    pub(crate) async fn ends_well(
        &self,
        engine: &dyn Engine,
        script: &str,
        arguments: &[&str],
    ) -> Result<ExecOutput, EngineError> {
        let output = self.script(engine, script, arguments).await?;
        if output.ok() {
            return Ok(output);
        }
        Err(EngineError::Refused {
            action: "look into the volumes".to_owned(),
            status: None,
            message: output.complaint(),
        })
    }
}

/// A tar archive of files that their owner alone can read.
fn secret_files(files: &[(&str, &Secret)]) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(content.reveal().len()).unwrap_or(u64::MAX));
        header.set_mode(0o400);
        archive.append_data(&mut header, name, content.reveal())?;
    }
    archive.into_inner()
}

fn mount(source: String, target: String) -> Mount {
    Mount { source, target, read_only: false }
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::Containers as _;
    use cc_ci_engine::fake::FakeEngine;

    use super::*;

    async fn started() -> (FakeEngine, Toolbox) {
        let engine = FakeEngine::with_images(["toolbox:1"]);
        let spec = ContainerSpec {
            name: format!("unit-abc123{TOOLBOX_NAME}"),
            image: "toolbox:1".to_owned(),
            ..ContainerSpec::default()
        };
        let container = engine.start_container(&spec).await.unwrap();
        (engine, Toolbox { container })
    }

    fn killed() -> ExecOutput {
        ExecOutput { exit_code: KILLED, ..ExecOutput::default() }
    }

    #[tokio::test]
    async fn a_command_that_was_killed_alone_is_no_error_of_the_engine() {
        let (engine, toolbox) = started().await;
        engine.on_exec("toolbox", killed());
        let ended = toolbox.exec(&engine, &ExecSpec::sh("true")).await.unwrap();
        assert_eq!(ended.exit_code, KILLED);
    }

    #[tokio::test]
    async fn a_toolbox_that_was_killed_meanwhile_is_said_so() {
        let (engine, toolbox) = started().await;
        let name = format!("unit-abc123{TOOLBOX_NAME}");
        engine.kill(&name, "KILL").await.unwrap();
        let error = toolbox.exec(&engine, &ExecSpec::sh("true")).await.unwrap_err();
        let said = error.fault().to_string();
        let expected = "the engine refused to run a command in the toolbox: container \
                        unit-abc123_cc-ci-toolbox was stopped from outside, with exit code 137";
        assert_eq!(said, expected);
        assert_eq!(error.fault().origin().0, cc_ci_model::Owner::Harness);
    }

    #[tokio::test]
    async fn a_toolbox_that_was_removed_is_said_so() {
        let (engine, toolbox) = started().await;
        let state = engine.container(&toolbox.container).await.unwrap();
        let object = Object::known(ObjectKind::Container, state.id, state.name);
        cc_ci_engine::Swarm::remove(&engine, &object).await.unwrap();
        let error = toolbox.exec(&engine, &ExecSpec::sh("true")).await.unwrap_err();
        assert!(error.to_string().contains("was removed from outside"), "{error}");
    }
}
