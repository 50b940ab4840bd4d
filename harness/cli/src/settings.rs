//! What the environment and the arguments mean. Nothing else in the project reads the environment.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use cc_ci_engine::EngineError;
use cc_ci_lock::Place;
use cc_ci_model::Secret;
use cc_ci_node::images::ImageError;
use cc_ci_plan::{Catalogue, Planner, Reboot, Root};
use cc_ci_source::{GitProgram, Limits, Sources};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use cc_ci_backup::BackupPlace;
use cc_ci_model::{Ceiling, Ceilings};

use crate::args::Global;
use crate::error::{CliError, Kind};
use crate::images::Images;
use crate::printer::Printer;
use crate::settings_file::{self, SettingsFile};

/// Loopback port of the local registry where nothing names another.
const REGISTRY_PORT: u16 = 5055;

/// The variable with ceilings, as `KEY=VALUE,KEY=VALUE`.
const CEILINGS: &str = "CC_CI_CEILINGS";

/// Where things are.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    catalogue: Catalogue,
    /// The folder for temporary files.
    pub(crate) temp: PathBuf,
    /// What the `node` crate needs to know.
    pub(crate) node: cc_ci_node::Settings,
    /// The folder in which each living run has a folder for its Unix sockets.
    pub(crate) sockets: PathBuf,
    /// Where backups go.
    pub(crate) backups: BackupPlace,
    /// How much of the machine one unit may take.
    pub(crate) ceilings: Ceilings,
    /// The ceilings that flags set.
    pub(crate) typed_ceilings: Vec<(Ceiling, u64)>,
    /// True where the machine's owner lets the engine's daemon be restarted.
    pub(crate) restart_daemon: bool,
    /// The commit that this program was built from.
    pub(crate) commit: Option<&'static str>,
}

impl Settings {
    pub(crate) fn new(global: &Global, commit: Option<&'static str>) -> Result<Self, CliError> {
        let state = global.state.clone().unwrap_or_else(default_state);
        let here = env::current_dir().ok();
        let root = Root::find(global.root.as_deref(), here.as_deref(), &state)?;
        let file = SettingsFile::read(&state.join(settings_file::NAME))?;
        let ceilings = ceilings(global, &file)?;
        let node = cc_ci_node::Settings {
            state,
            locks: Place::machine().path().to_owned(),
            writer_port: 0,
            registry_port: global.registry_port.or(file.registry_port).unwrap_or(REGISTRY_PORT),
            ca_bundle: ca_bundle(),
            cargo_config: cargo_config(),
            proxies: proxies(),
        };
        // What lets restic in belongs to its backend: a flag for one takes nothing of the other from the file.
        let (backend, secrets) = match &global.backups {
            Some(backend) => (Some(backend.clone()), global.backups_env.clone()),
            None => (file.backups, file.backups_env),
        };
        let environment = secrets.as_deref().map(backup_environment).transpose()?;
        let backups = BackupPlace {
            backend: backend.map(Secret::from),
            credentials: environment.unwrap_or_default(),
        };
        let (sockets, restart_daemon) = (sockets(), global.restart_daemon);
        let typed_ceilings = global.ceilings.clone();
        // Git gets the environment for its proxies, certificates and keys.
        let git = GitProgram { program: "git".into(), env: env::vars_os().collect() };
        let catalogue = Catalogue::new(root, Sources::new(&node.state, git, Limits::default()));
        let temp = env::temp_dir();
        Ok(Self {
            catalogue,
            temp,
            node,
            backups,
            ceilings,
            typed_ceilings,
            sockets,
            restart_daemon,
            commit,
        })
    }

    /// The folder with `recipes/` and `suites/`.
    ///
    /// # Errors
    /// It is the program's own and cannot be unpacked.
    pub(crate) fn root(&self) -> Result<&Path, CliError> {
        Ok(self.catalogue.root().folder()?)
    }

    /// The recipes.
    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// What plans units on this machine.
    pub(crate) fn planner(&self) -> Planner<'_> {
        Planner {
            catalogue: &self.catalogue,
            state: &self.node.state,
            temp: &self.temp,
            ceilings: &self.ceilings,
            typed_ceilings: &self.typed_ceilings,
            reboot: self.reboot(),
        }
    }

    /// Whether the engine's daemon may and can be restarted from here.
    fn reboot(&self) -> Reboot {
        if !self.restart_daemon {
            return Reboot::Forbidden;
        }
        let endpoint = env::var("DOCKER_HOST").unwrap_or_default();
        match cc_ci_node::daemon::able(&endpoint) {
            Ok(()) => Reboot::Allowed,
            Err(unable) => Reboot::Impossible(unable.to_string()),
        }
    }

    /// A folder that was named or found as the root.
    fn given(&self) -> Option<&Path> {
        self.catalogue.root().given()
    }

    /// The images that can be built.
    ///
    /// # Errors
    /// A definition that is not as it should be.
    pub(crate) fn images(&self) -> Result<Images, CliError> {
        Images::of(self.catalogue.root())
    }

    /// The folder with a folder for each run: that of the root, or of the current folder where the root is
    /// part of the program.
    ///
    /// # Errors
    /// The current folder is gone.
    pub(crate) fn runs(&self) -> Result<PathBuf, CliError> {
        let folder = match self.given() {
            Some(root) => root.to_owned(),
            None => env::current_dir().map_err(|error| {
                CliError::usage(anyhow::Error::new(error).context("read the current folder"))
                    .hint("name a folder with --out DIR")
            })?,
        };
        Ok(folder.join(".cc-ci/runs"))
    }

    /// Where the backlog goes: the given folder, else that of a root that was named or found, else the run's
    /// own.
    pub(crate) fn docs(&self, given: Option<&Path>, out: &Path) -> PathBuf {
        let own = || self.given().map(|root| root.join("machine-docs"));
        given.map(Path::to_owned).or_else(own).unwrap_or_else(|| out.to_owned())
    }
}

/// The error of an image that cannot be used, with its exit code: the engine's, a wrong name or definition,
/// or this machine's.
pub(crate) fn image_error(error: ImageError) -> CliError {
    if let ImageError::Engine { source: source @ EngineError::Unreachable { .. }, .. } = &error {
        let CliError { kind, hints, .. } = CliError::from(source.clone());
        return hints.into_iter().fold(CliError::new(kind, error), CliError::hint);
    }
    let usage = matches!(error, ImageError::Unknown { .. } | ImageError::Manifest { .. });
    let hints = registry_hints(&error);
    let error = CliError::new(if usage { Kind::Usage } else { Kind::Machine }, error);
    hints.into_iter().fold(error, CliError::hint)
}

/// What the engine's own words hint at where the registry of this machine does not start.
fn registry_hints(error: &ImageError) -> Vec<String> {
    match error {
        ImageError::Registry(error) => {
            let engine = error.engine_error();
            engine.map(|error| CliError::from(error.clone()).hints).unwrap_or_default()
        }
        ImageError::Several { errors, .. } => errors.iter().flat_map(registry_hints).collect(),
        ImageError::File { .. }
        | ImageError::Manifest { .. }
        | ImageError::Unknown { .. }
        | ImageError::NotBuilt { .. }
        | ImageError::Differs { .. }
        | ImageError::Base { .. }
        | ImageError::Engine { .. }
        | ImageError::Command { .. }
        | ImageError::Lock(_) => Vec::new(),
    }
}

/// The standard ceilings of this machine, then the file's, the environment's and the flags', each key by
/// itself: what is set last holds.
fn ceilings(global: &Global, file: &SettingsFile) -> Result<Ceilings, CliError> {
    let mut ceilings = Ceilings::of_machine(memory());
    let variable = env::var(CEILINGS).unwrap_or_default();
    let named = variable.split(',').map(str::trim).filter(|text| !text.is_empty());
    let refused = |error| CliError::message(Kind::Usage, format!("{CEILINGS}: {error}"));
    let environment: Vec<_> =
        named.map(settings_file::ceiling).collect::<Result<_, _>>().map_err(refused)?;
    for (ceiling, value) in file.ceilings.iter().chain(&environment).chain(&global.ceilings) {
        ceilings.set(*ceiling, *value);
    }
    Ok(ceilings)
}

/// Memory of this machine in bytes.
fn memory() -> u64 {
    let system = rustix::system::sysinfo();
    // An `unsigned long` has 32 bits on some machines; there the unit is larger than a byte.
    #[expect(clippy::useless_conversion, reason = "the type differs between machines")]
    u64::from(system.totalram).saturating_mul(u64::from(system.mem_unit))
}

/// `/var/lib/cc-ci` for root, else below the user's own state folder (XDG base directories).
fn default_state() -> PathBuf {
    let home = || env::var_os("HOME").map(PathBuf::from);
    if rustix::process::geteuid().is_root() {
        return PathBuf::from("/var/lib/cc-ci");
    }
    env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| home().map(|home| home.join(".local/state")))
        .unwrap_or_else(env::temp_dir)
        .join("cc-ci")
}

/// `/run/cc-ci` for root, else below the user's own runtime folder, else a folder of the user's in the
/// folder for temporary files.
fn sockets() -> PathBuf {
    let user = rustix::process::geteuid();
    if user.is_root() {
        return PathBuf::from("/run/cc-ci");
    }
    match env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_dir()) {
        Some(folder) => folder.join("cc-ci"),
        None => env::temp_dir().join(format!("cc-ci-{}", user.as_raw())),
    }
}

/// The authorities that this machine trusts: what the environment names, else where Debian, Fedora
/// and Alpine keep them.
fn ca_bundle() -> Option<PathBuf> {
    let named = ["SSL_CERT_FILE", "CURL_CA_BUNDLE"].into_iter().filter_map(env::var_os);
    let usual = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
    named.map(PathBuf::from).chain(usual.map(PathBuf::from)).find(|path| path.is_file())
}

/// Where cargo looks for the user's wishes (the Cargo book, Configuration).
fn cargo_config() -> Option<PathBuf> {
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    let cargo = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home)?;
    Some(cargo.join("config.toml"))
}

fn proxies() -> Vec<(String, String)> {
    let names = ["http_proxy", "https_proxy", "no_proxy"];
    let both = names.into_iter().flat_map(|name| [name.to_owned(), name.to_uppercase()]);
    both.filter_map(|name| env::var(&name).ok().map(|value| (name, value)))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// The first SIGINT or SIGTERM breaks the run off and tears down; a second one ends at once.
///
/// The signals are caught from the call on, not from the first time that the answer is polled.
pub(crate) fn watch_signals(
    cancel: CancellationToken,
    printer: Printer,
) -> impl Future<Output = ()> + Send + use<> {
    let caught = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async move {
        if let (Ok(interrupt), Ok(terminate)) = caught {
            watch(interrupt, terminate, &cancel, printer).await;
        }
    }
}

async fn watch(
    mut interrupt: Signal,
    mut terminate: Signal,
    cancel: &CancellationToken,
    printer: Printer,
) {
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if cancel.is_cancelled() {
            printer.talk("ended at once; `cc-ci reap` removes what is left on the engine");
            std::process::exit(i32::from(Kind::Cancelled.code()));
        }
        printer.talk("cancelling: tearing down what was deployed (again to end at once)");
        cancel.cancel();
    }
}
/// The lines `NAME=value` of a file; empty ones and those that begin with `#` are passed over.
fn backup_environment(path: &Path) -> Result<BTreeMap<String, Secret>, CliError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let context = format!("read {}", path.display());
        CliError::usage(anyhow::Error::new(error).context(context))
    })?;
    let meant = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    let lines = text.lines().enumerate().filter(|(_, line)| meant(line));
    lines
        .map(|(number, line)| match line.split_once('=') {
            Some((name, value)) if is_variable(name) => Ok((name.to_owned(), value.into())),
            _ => {
                let line = number + 1;
                let message = format!("{}: line {line} is not NAME=value", path.display());
                Err(CliError::message(Kind::Usage, message))
            }
        })
        .collect()
}

/// True for a name that a shell can set.
fn is_variable(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(fits) && name.starts_with(|c: char| !c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::lines("# who\n\nAWS_ACCESS_KEY_ID=a=b\nX=\n", Ok(vec![("AWS_ACCESS_KEY_ID", "a=b"), ("X", "")]))]
    #[case::no_value("A=1\nAWS\n", Err("line 2 is not NAME=value"))]
    #[case::no_name("=1\n", Err("line 1 is not NAME=value"))]
    #[case::odd_name("A;rm=1\n", Err("line 1 is not NAME=value"))]
    fn what_lets_restic_in_is_read_line_by_line(
        #[case] text: &str,
        #[case] expected: Result<Vec<(&str, &str)>, &str>,
    ) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        match (backup_environment(file.path()), expected) {
            (Ok(lines), Ok(expected)) => {
                let pair = |(name, value): (&str, &str)| (name.to_owned(), Secret::from(value));
                assert!(lines == expected.into_iter().map(pair).collect());
            }
            (Err(error), Err(part)) => assert!(error.words().said.contains(part)),
            (found, _) => panic!("{:?}", found.map_err(|error| error.words().said)),
        }
    }
}
